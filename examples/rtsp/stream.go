package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/bluenviron/gortsplib/v4"

	"github.com/wcskit/resthook"
)

// stream is one stream that a client publishes or plays. It reports to the backend
// that media flow, asks with keep-alives whether it may go on, and reports its end.
// Its client, the loss of the connection or the backend ends it, whichever
// comes first.
type stream struct {
	log        *slog.Logger
	session    *resthook.Session
	asked      string          // the name that the client knows
	payload    resthook.Stream // as allowed by the backend, with the name it gave
	source     *gortsplib.ServerStream
	broadcasts *broadcasts
	cut        func() // closes the client's connection

	mu         sync.Mutex
	begun      bool
	over       bool
	stopAsking func() // ends the keep-alives
}

// check returns an error for a request about another stream.
func (s *stream) check(path string, published bool) error {
	if s.asked != nameOf(path) || s.payload.Published != published {
		return errState
	}
	return nil
}

// begin reports to the backend that the media have started, and starts the keep-alives.
// A second PLAY does nothing.
func (s *stream) begin(status resthook.StreamStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun || s.over {
		return
	}
	s.begun = true
	s.report(status, "")
	stop, err := s.session.KeepAlive(&s.payload, s.forbidden)
	if err != nil {
		s.log.Warn("keep-alive", "stream", s.payload.Name, "error", err)
		return
	}
	s.stopAsking = stop
}

// forbidden ends the stream after a denied keep-alive.
func (s *stream) forbidden(info resthook.Info) {
	s.fail(info)
	s.cut()
}

// stop ends the stream in order: its last status is UNPUBLISHED or STOPPED.
func (s *stream) stop(info resthook.Info) {
	if s.payload.Published {
		s.end(resthook.StreamUnpublished, info)
	} else {
		s.end(resthook.StreamStopped, info)
	}
}

// fail ends the stream with the status FAILED.
func (s *stream) fail(info resthook.Info) { s.end(resthook.StreamFailed, info) }

// end has an effect once. It reports the end of every stream that the backend allowed,
// also of one that never began.
func (s *stream) end(status resthook.StreamStatus, info resthook.Info) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	if s.stopAsking != nil {
		s.stopAsking()
	}
	s.report(status, info)
	if s.payload.Published {
		s.broadcasts.close(s.payload.Name, s.source)
	}
}

// report queues a status event; the media do not wait for the backend.
func (s *stream) report(status resthook.StreamStatus, info resthook.Info) {
	s.payload.Status, s.payload.Info = status, info
	if err := resthook.StreamStatusEvent.Notify(context.Background(), s.session, &s.payload); err != nil {
		s.log.Warn("status event", "stream", s.payload.Name, "error", err)
	}
}
