// The OpenTelemetry Collector's way from OTLP bytes to the metrics of calls, on the bytes Weir's own benchmarks read: spans per CPU-second of
// decoding alone (ptrace.ProtoUnmarshaler), of decoding followed by the contrib spanmetrics connector, and of decoding followed by the spanmetrics
// and the servicegraph connector, which get the same decoded spans as two connectors of one pipeline do. Higher is better.
//
//	go build -o driver . && GOMAXPROCS=1 ./driver CORPUS SECONDS
//
// CORPUS is a file of messages, each behind its length (32 bits, little-endian); `benchmarks/support/corpus-file.ts` writes one.
//
// Prints one line of JSON for each stage. The checksum is the spans decoded, the calls counted, or the requests between services, over the
// passes. Fails where a connector counted anything but what the corpus has.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	pdataModule        = "go.opentelemetry.io/collector/pdata"
	spanMetricsModule  = "github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	serviceGraphModule = "github.com/open-telemetry/opentelemetry-collector-contrib/connector/servicegraphconnector"
	// The first point of a new series says 0, the next one all.
	settleFor = 3 * flushEvery
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: driver CORPUS SECONDS"))
	}
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	fail(err)
	from := readCorpus(os.Args[1])
	measureFor := time.Duration(seconds * float64(time.Second))

	decode(from, measureFor)
	spanMetrics(from, measureFor)
	serviceGraph(from, measureFor)
}

func decode(from corpus, measureFor time.Duration) {
	result := measure(from, 0, measureFor, func(ptrace.Traces) {})
	report("decode", result, result.counted/result.passes, pdataModule)
}

func spanMetrics(from corpus, measureFor time.Duration) {
	calls := &sumSink{metric: callsMetric}
	red := startSpanMetrics(calls)
	result := measure(from, 0, measureFor, func(traces ptrace.Traces) {
		fail(red.ConsumeTraces(context.Background(), traces))
	})
	time.Sleep(settleFor)
	fail(red.Shutdown(context.Background()))
	same("calls", calls.sum(), result.counted)
	report("decode + spanmetrics", result, calls.sum()/result.passes, spanMetricsModule)
}

// Measured once what waits in vain has begun to expire, as it does from then on.
func serviceGraph(from corpus, measureFor time.Duration) {
	calls := &sumSink{metric: callsMetric}
	requests := &sumSink{metric: requestsMetric, label: connectionLabel}
	red, graph := startSpanMetrics(calls), startServiceGraph(requests)
	result := measure(from, waitMax, measureFor, func(traces ptrace.Traces) {
		fail(red.ConsumeTraces(context.Background(), traces))
		fail(graph.ConsumeTraces(context.Background(), traces))
	})
	time.Sleep(waitMax + settleFor)
	fail(red.Shutdown(context.Background()))
	fail(graph.Shutdown(context.Background()))
	expected := requestsOf(from)
	same("calls", calls.sum(), result.counted)
	same("requests with both sides", requests.of(pairedConnection), expected.paired*result.passes)
	same("requests with one side", requests.of(virtualConnection), expected.virtual*result.passes)
	same("requests", requests.sum(), (expected.paired+expected.virtual)*result.passes)
	report("decode + spanmetrics + servicegraph", result, requests.sum()/result.passes, spanMetricsModule, serviceGraphModule)
}

func report(stage string, result measured, checksum int, modules ...string) {
	var versions []string
	for _, module := range modules {
		versions = append(versions, versionOf(module))
	}
	line, err := json.Marshal(map[string]any{
		"stage":            stage,
		"version":          strings.Join(versions, " + "),
		"go":               runtime.Version(),
		"cores":            runtime.GOMAXPROCS(0),
		"spans_per_s":      int(result.rates[len(result.rates)/2]),
		"best_spans_per_s": int(result.rates[len(result.rates)-1]),
		"spans":            result.spans,
		"passes":           result.passes,
		"checksum":         checksum,
	})
	fail(err)
	fmt.Println(string(line))
}

func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

func same(what string, counted, expected int) {
	if counted != expected {
		fail(fmt.Errorf("%d %s counted, not %d", counted, what, expected))
	}
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
