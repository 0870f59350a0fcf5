package main

import (
	"runtime"
	"sort"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Of which the median is taken.
const passesMin = 3

type measured struct {
	// Spans per CPU-second of the passes measured, ascending.
	rates []float64
	// Spans of all passes, those before the measured ones included.
	counted int
	passes  int
	spans   int
}

// Reads the corpus again and again, each pass in traces of its own; each pass is one measurement. The first one is not, since every series is
// new there, nor is any that began before `warmFor` was over. CPU-seconds are those of all threads, the collector of garbage included.
func measure(from corpus, warmFor, measureFor time.Duration, consume func(ptrace.Traces)) measured {
	var result measured
	var decoder ptrace.ProtoUnmarshaler
	runtime.GC()
	warm := time.Now().Add(warmFor)
	stop := warm.Add(measureFor)
	for len(result.rates) < passesMin || time.Now().Before(stop) {
		from.setApart(uint32(result.passes))
		isMeasured := result.passes > 0 && !time.Now().Before(warm)
		before, spans := cpuSeconds(), 0
		for _, message := range from.messages {
			traces, err := decoder.UnmarshalTraces(message)
			fail(err)
			spans += traces.SpanCount()
			consume(traces)
		}
		if isMeasured {
			result.rates = append(result.rates, float64(spans)/(cpuSeconds()-before))
		}
		result.counted += spans
		result.spans = spans
		result.passes++
	}
	sort.Float64s(result.rates)
	return result
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	fail(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
