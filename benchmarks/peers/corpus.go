package main

import (
	"bytes"
	"encoding/binary"
	"os"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

type corpus struct {
	messages [][]byte
	// Where the messages have a trace id.
	traceIDs []traceID
}

type traceID struct {
	bytes []byte
	// Its first word, as the file has it.
	first uint32
}

func readCorpus(path string) corpus {
	all, err := os.ReadFile(path)
	fail(err)
	var result corpus
	for len(all) > 0 {
		end := 4 + int(binary.LittleEndian.Uint32(all))
		message := all[4:end]
		result.messages = append(result.messages, message)
		result.traceIDs = append(result.traceIDs, traceIDsOf(message)...)
		all = all[end:]
	}
	return result
}

func traceIDsOf(message []byte) []traceID {
	var found []traceID
	eachSpan(message, func(span ptrace.Span) {
		id := span.TraceID()
		at := bytes.Index(message, id[:])
		found = append(found, traceID{bytes: message[at : at+len(id)], first: binary.LittleEndian.Uint32(message[at:])})
		message = message[at+len(id):]
	})
	return found
}

// Traces of the pass's own, as Weir's benches have them: else a span would meet what the pass before left in the service graph's store.
func (from corpus) setApart(pass uint32) {
	for _, id := range from.traceIDs {
		binary.LittleEndian.PutUint32(id.bytes, id.first^pass)
	}
}

type requests struct {
	// CLIENT spans that some SERVER span of the corpus has as its parent.
	paired int
	// CLIENT spans without one, whose peer attributes name the other side, and SERVER spans at a root, called by `user`.
	virtual int
}

// What the service graph connector counts of one pass. A second SERVER span of a CLIENT span, and one whose CLIENT span the corpus lacks, are not counted.
func requestsOf(from corpus) requests {
	type key struct {
		trace pcommon.TraceID
		span  pcommon.SpanID
	}
	var clients []key
	answered := map[key]bool{}
	var result requests
	for _, message := range from.messages {
		eachSpan(message, func(span ptrace.Span) {
			switch {
			case span.Kind() == ptrace.SpanKindClient:
				clients = append(clients, key{span.TraceID(), span.SpanID()})
			case span.Kind() == ptrace.SpanKindServer && span.ParentSpanID().IsEmpty():
				result.virtual++
			case span.Kind() == ptrace.SpanKindServer:
				answered[key{span.TraceID(), span.ParentSpanID()}] = true
			}
		})
	}
	for _, client := range clients {
		if answered[client] {
			result.paired++
		} else {
			result.virtual++
		}
	}
	return result
}

func eachSpan(message []byte, see func(ptrace.Span)) {
	var decoder ptrace.ProtoUnmarshaler
	traces, err := decoder.UnmarshalTraces(message)
	fail(err)
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				see(span)
			}
		}
	}
}
