// Package otelhook traces and counts what a [resthook.Client] does, with OpenTelemetry, and
// continues a trace in a backend in Go.
//
//	telemetry, err := otelhook.New() // OpenTelemetry's global providers and propagator, or options
//	if err != nil {
//		return err
//	}
//	client, err := resthook.NewClient(cfg, resthook.WithApp(app), resthook.WithObserver(telemetry.Observer()))
//	if err != nil {
//		return err
//	}
//	err = telemetry.Watch(client) // the queue, and what else is read and not reported
//
// # Spans
//
// A hook that is sent is a span, a child of the one in the context of Send. Each attempt is a
// child of it, of the kind client, with the attributes that the conventions have for HTTP
// clients. The headers of the propagator, such as traceparent, go out with the attempt.
//
// An event is a trace of its own, with a link to the span that was in the context of Notify: it
// may be delivered long after that one has ended. Its span lasts from Notify to the end, and has
// a child for each attempt. A queue that keeps events over a crash does not keep the link.
//
// A denial is an answer: its spans have resthook.outcome=denied and no error. A span with an
// error is a hook that could not be asked, or an event that is lost.
//
// [Telemetry.Handler] continues the trace in a backend.
//
// # Metrics
//
// They are listed in the README of this package, with their names in Prometheus. No client of the
// media server chooses the value of a label, except the names of the first 256 hooks that are not
// in the catalogue, and of the first 64 apps; all further ones are "other". Ids are on spans only.
//
// # Bounds
//
// At most 10,000 events whose delivery has begun have a span at once; when there are more, the
// span of the oldest ends early. Texts that a client may have chosen have at most 128 bytes.
package otelhook
