package main

import (
	"context"
	"net/http/httptest"
	"path"
	"sync"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// application is the backend. It checks a token, hides the real names of streams, and
// can end all streams. In practice it is a program of its own.
type application struct {
	server *httptest.Server
	policy *resthook.Policy
	heard  func(hook, text string) // called for each hook, concurrently; it may block

	mu     sync.Mutex
	real   map[string]string // the name that clients use -> the real one
	closed bool              // deny all keep-alives
}

// startApplication serves the hooks on a loopback port.
func startApplication(heard func(hook, text string)) (*application, error) {
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream:        {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
		resthook.PlayStream:           {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
		resthook.StreamKeepAliveEvent: {RestOnError: resthook.OnErrorFail},
	})
	if err != nil {
		return nil, err
	}
	a := &application{policy: policy, heard: heard, real: map[string]string{}}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PlayRTSP, a.playRTSP)
	backend.Handle(mux, resthook.Connect, a.connect)
	backend.Handle(mux, resthook.PublishStream, a.publish)
	backend.Handle(mux, resthook.PlayStream, a.play)
	backend.Handle(mux, resthook.StreamKeepAliveEvent, a.keepAlive)
	backend.Handle(mux, resthook.StreamStatusEvent, a.streamStatus)
	backend.Handle(mux, resthook.ConnectionStatusEvent, a.connectionStatus)
	a.server = httptest.NewServer(mux)
	return a, nil
}

func (a *application) url() string { return a.server.URL + "/rest" }
func (a *application) stop()       { a.server.Close() }

// close ends all streams at their next keep-alive.
func (a *application) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
}

func (a *application) playRTSP(_ context.Context, p *resthook.Playback) (*resthook.Playback, error) {
	return p, a.checkToken("playRTSP", p.Custom)
}

func (a *application) connect(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
	c.RestClientConfig = a.policy
	return c, a.checkToken("connect", c.Custom)
}

func (a *application) checkToken(hook string, custom map[string]any) error {
	if custom["token"] != "secret" {
		return a.deny(hook, "wrong token")
	}
	a.heard(hook, "admitted")
	return nil
}

// publish gives the stream another name, which clients do not see.
func (a *application) publish(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
	asked := s.Name
	s.Name = "studio/" + path.Base(asked)
	a.mu.Lock()
	a.real[asked] = s.Name
	a.mu.Unlock()
	a.heard("publishStream", asked+" becomes "+s.Name)
	return s, nil
}

// play replaces the name that clients use with the real one. A client that asks for the
// real name itself is denied.
func (a *application) play(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
	a.mu.Lock()
	name, ok := a.real[s.Name]
	a.mu.Unlock()
	if !ok {
		return nil, a.deny("playStream", "no stream "+s.Name)
	}
	a.heard("playStream", s.Name+" is "+name)
	s.Name = name
	return s, nil
}

// keepAlive is asked once a second about each stream; only a denial is printed.
func (a *application) keepAlive(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
	a.mu.Lock()
	closed := a.closed
	a.mu.Unlock()
	if closed {
		return nil, a.deny("StreamKeepAliveEvent", s.Name+" is over")
	}
	return s, nil
}

func (a *application) streamStatus(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
	text := s.Name + " " + string(s.Status)
	if s.Info != "" {
		text += ": " + string(s.Info)
	}
	a.heard("StreamStatusEvent", text)
	return s, nil
}

func (a *application) connectionStatus(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
	a.heard("ConnectionStatusEvent", string(c.Status))
	return c, nil
}

func (a *application) deny(hook, reason string) error {
	a.heard(hook, "denied, "+reason)
	return backend.Deny(reason)
}
