package resthook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/wcskit/resthook/internal/wheel"
)

// KeepAlive sends StreamKeepAliveEvent for a live stream, at the interval of the
// configuration, until stop is called, the session is disconnected or the client
// is closed (docs/protocol.md, 4.6). Where restOnError is FAIL and the backend
// refuses, gives an answer that can't be used or none in time, end is called once, with
// [InfoTerminatedByKeepAlive], on another goroutine; the stream is then to be
// ended. A backend that can't be reached or trusted, or loses the connection, ends
// no stream, nor does a configuration that disables the hook: it is asked again.
// A context that end gives to [Client.Close] or [Client.Shutdown] has to end, since they
// wait for end; a panic in it is logged.
//
// Nothing is sent where keep_alive_streaming_sessions_enabled is false or
// streaming_sessions_keep_alive_app_keys does not name the session's app; the
// configuration at the time of the call counts. No goroutine and no timer is
// used for a stream of its own. An error matches [ErrConfig] or [ErrClosed].
func (s *Session) KeepAlive(stream *Stream, end func(info Info)) (stop func(), err error) {
	if s == nil || s.client == nil {
		return nil, fmt.Errorf("%w: keep-alive: a session that Connect did not make", ErrConfig)
	}
	k, err := s.newKeepAlive(stream, end)
	if err != nil {
		return nil, s.noKeepAlive(faultConfig, err)
	}
	cfg := s.client.state.Load().cfg
	if !cfg.KeepAliveEnabled || !slices.Contains(cfg.KeepAliveAppKeys, s.appKey()) {
		return func() {}, nil
	}
	if !s.client.keepAlives.Start(&k.timer, cfg.KeepAliveInterval, k.send) {
		return nil, s.noKeepAlive(faultClosed, ErrClosed)
	}
	return k.timer.Stop, nil
}

func (s *Session) noKeepAlive(kind ErrorKind, err error) error {
	return &Error{Hook: StreamKeepAliveEvent.name, App: label(s.ids.App()), Session: label(s.ids.Session()), Kind: kind, Action: ActionBreak, Err: err}
}

// appKey is the key of the session's app; a client that gave none has the
// default one.
func (s *Session) appKey() string {
	if s.ids.App() == "" {
		return defaultAppKey
	}
	return s.ids.App()
}

// keepAlive is a stream that the backend is asked about.
type keepAlive struct {
	session *Session
	event   notification // the same each time, except its stamp
	end     func(info Info)
	once    sync.Once
	timer   wheel.Timer
}

func (s *Session) newKeepAlive(stream *Stream, end func(info Info)) (*keepAlive, error) {
	body, err := StreamKeepAliveEvent.encode(nil, stream, &s.ids)
	if err != nil {
		return nil, err
	}
	k := &keepAlive{session: s, event: *StreamKeepAliveEvent.event(StreamKeepAliveEvent.about(stream, body)), end: end}
	r, _ := s.open(StreamKeepAliveEvent.name, body) // where no app takes it, each event says so
	r.fill(context.Background(), &k.event)
	k.event.over = k.reported
	return k, nil
}

// send notifies one event.
func (k *keepAlive) send() {
	if !k.session.begin() {
		k.timer.Stop()
		return
	}
	defer k.session.hookDone()
	e := k.event
	r, err := k.session.open(e.Hook, e.Body)
	if err == nil {
		err = r.accept(&e, false)
	}
	if err != nil {
		_ = refuseEvent(context.Background(), k.session, &e, err) // it is counted and observed
		k.timer.Stop()
		return
	}
	r.push(&e)
}

// reported is called with the outcome of each event.
func (k *keepAlive) reported(o EventOutcome) {
	if o.Result == EventFailed && o.Action == ActionBreak && asked(o.Err) {
		k.once.Do(func() {
			k.timer.Stop()
			if k.end != nil {
				k.session.client.apart(func() { k.end(InfoTerminatedByKeepAlive) })
			}
		})
	}
}

// asked reports whether the backend has got the question, and has not allowed the stream to
// go on, or not in time. Any other failure says nothing about the stream.
func asked(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.unsent {
		return false
	}
	return failed.Kind == faultStatus || failed.Kind == faultBody || failed.Kind == faultTimeout
}
