// The OpenTelemetry Collector's way from OTLP bytes to RED metrics, on the bytes Weir's own benchmarks read: spans per CPU-second of decoding
// alone (ptrace.ProtoUnmarshaler), and of decoding followed by the contrib spanmetrics connector. Higher is better.
//
//	go build -o driver . && GOMAXPROCS=1 ./driver CORPUS SECONDS
//
// CORPUS is a file of messages, each behind its length (32 bits, little-endian); `benchmarks/support/corpus-file.ts` writes one. The
// connector has its defaults, but for its flush, which comes every second instead of every 60: as often as `fold` takes its rows, and what shows
// that no span was left out. CPU-seconds are those of all threads, the collector of garbage included.
//
// Prints one line of JSON for each stage. The checksum is the spans decoded, or the calls counted, over the passes.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	flushEvery = time.Second
	callsName  = "traces.span.metrics.calls"
	pdata      = "go.opentelemetry.io/collector/pdata"
	contrib    = "github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: driver CORPUS SECONDS"))
	}
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	fail(err)
	messages := read(os.Args[1])

	decoded := measure(messages, seconds, func(ptrace.Traces) {})
	report("decode", pdata, decoded, decoded.counted/decoded.passes)

	sink := &callsSink{}
	red := startSpanMetrics(sink)
	counted := measure(messages, seconds, func(traces ptrace.Traces) {
		fail(red.ConsumeTraces(context.Background(), traces))
	})
	// The first point of a new series says 0, the next one all.
	time.Sleep(3 * flushEvery)
	fail(red.Shutdown(context.Background()))
	if calls := sink.calls(); calls != counted.counted {
		fail(fmt.Errorf("%d calls counted of %d spans", calls, counted.counted))
	}
	report("decode + spanmetrics", contrib, counted, sink.calls()/counted.passes)
}

type measured struct {
	rates   []float64
	counted int
	passes  int
	spans   int
}

// Reads the corpus again and again; each pass is one measurement.
func measure(messages [][]byte, seconds float64, consume func(ptrace.Traces)) measured {
	var result measured
	var decoder ptrace.ProtoUnmarshaler
	runtime.GC()
	for stop := time.Now().Add(time.Duration(seconds * float64(time.Second))); result.passes < 2 || time.Now().Before(stop); {
		before, spans := cpuSeconds(), 0
		for _, message := range messages {
			traces, err := decoder.UnmarshalTraces(message)
			fail(err)
			spans += traces.SpanCount()
			consume(traces)
		}
		result.rates = append(result.rates, float64(spans)/(cpuSeconds()-before))
		result.counted += spans
		result.spans = spans
		result.passes++
	}
	// In the first pass every series is new.
	result.rates = result.rates[1:]
	sort.Float64s(result.rates)
	return result
}

func startSpanMetrics(sink consumer.Metrics) connector.Traces {
	factory := spanmetricsconnector.NewFactory()
	config := factory.CreateDefaultConfig()
	config.(*spanmetricsconnector.Config).MetricsFlushInterval = flushEvery
	settings := connectortest.NewNopSettings(factory.Type())
	red, err := factory.CreateTracesToMetrics(context.Background(), settings, config, sink)
	fail(err)
	var host component.Host = componenttest.NewNopHost()
	fail(red.Start(context.Background(), host))
	return red
}

// Keeps the sum of all calls in the newest flush: the counters are cumulative.
type callsSink struct {
	mutex sync.Mutex
	last  int
}

func (*callsSink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (sink *callsSink) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	sum := 0
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if metric.Name() != callsName {
					continue
				}
				for _, point := range metric.Sum().DataPoints().All() {
					sum += int(point.IntValue())
				}
			}
		}
	}
	sink.mutex.Lock()
	sink.last = sum
	sink.mutex.Unlock()
	return nil
}

func (sink *callsSink) calls() int {
	sink.mutex.Lock()
	defer sink.mutex.Unlock()
	return sink.last
}

func read(path string) [][]byte {
	all, err := os.ReadFile(path)
	fail(err)
	var messages [][]byte
	for len(all) > 0 {
		end := 4 + int(binary.LittleEndian.Uint32(all))
		messages = append(messages, all[4:end])
		all = all[end:]
	}
	return messages
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	fail(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func report(stage, module string, result measured, checksum int) {
	line, err := json.Marshal(map[string]any{
		"stage":            stage,
		"version":          versionOf(module),
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

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
