package main

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/servicegraphconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	// Instead of every 60 seconds, both connectors' default: as often as Weir's benches take their rows, and what shows that no span was left out.
	flushEvery        = time.Second
	callsMetric       = "traces.span.metrics.calls"
	requestsMetric    = "traces_service_graph_request_total"
	connectionLabel   = "connection_type"
	pairedConnection  = ""
	virtualConnection = "virtual_node"
	// A side of a request waits for the other for 2 seconds, the service graph's default, and is looked for every 2 seconds.
	waitMax = 4 * time.Second
)

// With its defaults, but for the flush.
func startSpanMetrics(sink consumer.Metrics) connector.Traces {
	factory := spanmetricsconnector.NewFactory()
	config := factory.CreateDefaultConfig()
	config.(*spanmetricsconnector.Config).MetricsFlushInterval = flushEvery
	return start(factory, config, sink)
}

// With its defaults, but for the flush and the size of its store: by default it holds 1,000 sides that wait for the other, and drops what comes
// while it is full. Here it drops nothing: as many are held as wait for up to 4 seconds.
func startServiceGraph(sink consumer.Metrics) connector.Traces {
	factory := servicegraphconnector.NewFactory()
	config := factory.CreateDefaultConfig()
	flush := flushEvery
	config.(*servicegraphconnector.Config).MetricsFlushInterval = &flush
	config.(*servicegraphconnector.Config).Store.MaxItems = math.MaxInt
	return start(factory, config, sink)
}

func start(factory connector.Factory, config component.Config, sink consumer.Metrics) connector.Traces {
	settings := connectortest.NewNopSettings(factory.Type())
	started, err := factory.CreateTracesToMetrics(context.Background(), settings, config, sink)
	fail(err)
	fail(started.Start(context.Background(), componenttest.NewNopHost()))
	return started
}

// Keeps the sums of a metric's points in the newest flush, apart by a label where one is named: the counters are cumulative.
type sumSink struct {
	metric string
	label  string
	mutex  sync.Mutex
	last   map[string]int
}

func (*sumSink) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (sink *sumSink) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	sums := map[string]int{}
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if metric.Name() != sink.metric {
					continue
				}
				for _, point := range metric.Sum().DataPoints().All() {
					sums[sink.labelOf(point)] += int(point.IntValue())
				}
			}
		}
	}
	sink.mutex.Lock()
	sink.last = sums
	sink.mutex.Unlock()
	return nil
}

func (sink *sumSink) labelOf(point pmetric.NumberDataPoint) string {
	if sink.label == "" {
		return ""
	}
	value, isThere := point.Attributes().Get(sink.label)
	if !isThere {
		return ""
	}
	return value.AsString()
}

func (sink *sumSink) of(label string) int {
	sink.mutex.Lock()
	defer sink.mutex.Unlock()
	return sink.last[label]
}

func (sink *sumSink) sum() int {
	sink.mutex.Lock()
	defer sink.mutex.Unlock()
	sum := 0
	for _, one := range sink.last {
		sum += one
	}
	return sum
}
