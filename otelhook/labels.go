package otelhook

import (
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// label is what a measurement is counted under. No value of it can be chosen by a client of the
// media server, and of a backend's only a status.
type label struct {
	hook, app       string
	to              server
	status          int
	outcome, action string
	result          string
	fault           string
}

// manyLabels is how many sets of attributes are kept ready. Beyond it, each measurement makes
// its own.
const manyLabels = 4096

// labels keeps sets of attributes ready, since one takes longer to make than a measurement.
type labels struct {
	mu   sync.RWMutex
	sets map[label][]metric.RecordOption
}

// of is the option for a measurement, as a slice of one, so that nothing is allocated.
func (l *labels) of(one label) []metric.RecordOption {
	if one.status != 0 && http.StatusText(one.status) == "" {
		one.status, one.fault = 0, semconv.ErrorTypeOther.Value.AsString()
	}
	l.mu.RLock()
	set, ok := l.sets[one]
	l.mu.RUnlock()
	if ok {
		return set
	}
	return l.add(one)
}

func (l *labels) add(one label) []metric.RecordOption {
	set := []metric.RecordOption{metric.WithAttributeSet(one.set())}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sets == nil {
		l.sets = map[label][]metric.RecordOption{}
	}
	if len(l.sets) < manyLabels {
		l.sets[one] = set
	}
	return set
}

func (l *label) set() attribute.Set {
	all := []attribute.KeyValue{keyHook.String(l.hook), keyApp.String(l.app)}
	if l.to.address != "" {
		all = append(all, semconv.HTTPRequestMethodPost, semconv.ServerAddress(l.to.address), semconv.ServerPort(l.to.port))
	}
	if l.status != 0 {
		all = append(all, semconv.HTTPResponseStatusCode(l.status))
	}
	for _, text := range [...]struct {
		key   attribute.Key
		value string
	}{{keyOutcome, l.outcome}, {keyAction, l.action}, {keyResult, l.result}, {semconv.ErrorTypeKey, l.fault}} {
		if text.value != "" {
			all = append(all, text.key.String(text.value))
		}
	}
	return attribute.NewSet(all...)
}
