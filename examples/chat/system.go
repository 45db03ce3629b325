package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
)

// system is the whole: the media server with its page, its REST API, and a backend. The
// REST API has a port of its own, because whoever can use it can send to every client.
type system struct {
	public, api, hooks *http.Server
	client             *resthook.Client
	media              *mediaServer
	app                *chatBackend
	goAway             context.CancelCauseFunc // disconnects the clients
}

// start opens the ports first: the backend and the media server each need the address of
// the other.
func start(addr string, log *slog.Logger) (*system, error) {
	ports, err := listen(addr, "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	public, api, hooks := ports[0], ports[1], ports[2]
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithLogger(log),
		resthook.WithApp(resthook.App{Key: appKey, URL: "http://" + hooks.Addr().String() + "/rest"}))
	if err != nil {
		return nil, errors.Join(err, shut(ports))
	}
	media := newMediaServer(client, log)
	password := rand.Text()
	restAPI, err := media.api(resthook.NewSecret(password))
	if err != nil {
		return nil, errors.Join(err, shut(ports))
	}
	app, err := newBackend("http://"+backendName+":"+password+"@"+api.Addr().String(), log)
	if err != nil {
		return nil, errors.Join(err, shut(ports))
	}
	ctx, goAway := context.WithCancelCause(context.Background())
	return &system{
		client: client, media: media, app: app, goAway: goAway,
		public: open(ctx, public, media.public()),
		api:    open(ctx, api, restAPI),
		hooks:  open(ctx, hooks, app.handler()),
	}, nil
}

func (s *system) url() string { return "http://" + s.public.Addr }

// stop shuts down in this order: the clients, then their hooks, then the backend that
// answers these.
func (s *system) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	s.goAway(errGoingAway) // clients that connect now are not served
	defer s.app.sender.Close()
	return errors.Join(
		s.public.Shutdown(ctx), // it does not wait for WebSockets
		s.media.wait(ctx),
		s.client.Close(ctx),
		s.hooks.Shutdown(ctx),
		s.api.Shutdown(ctx),
	)
}

func listen(addrs ...string) ([]net.Listener, error) {
	var ports []net.Listener
	for _, addr := range addrs {
		port, err := new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
		if err != nil {
			return nil, errors.Join(err, shut(ports))
		}
		ports = append(ports, port)
	}
	return ports, nil
}

func shut(ports []net.Listener) error {
	var errs []error
	for _, port := range ports {
		errs = append(errs, port.Close())
	}
	return errors.Join(errs...)
}

// open serves a port. The contexts of its requests end with ctx.
func open(ctx context.Context, port net.Listener, handler http.Handler) *http.Server {
	server := &http.Server{
		Addr: port.Addr().String(), Handler: handler,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go func() { _ = server.Serve(port) }() // ends with Shutdown
	return server
}
