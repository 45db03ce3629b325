package hooktest

import (
	"context"
	"log/slog"
	"slices"

	"github.com/wcskit/resthook"
)

// Options are what a [resthook.Client] needs to send its hooks here: an app for
// every key, what to trust if the backend has TLS, and the way into its
// [Network] if it is on one.
func (s *server) Options() []resthook.Option {
	options := []resthook.Option{resthook.WithApp(resthook.App{URL: s.URL()})}
	if s.identity != nil {
		options = append(options, resthook.WithTLSConfig(s.TLSConfig()))
	}
	if s.network != nil {
		options = append(options, resthook.WithDialContext(s.network.DialContext))
	}
	return options
}

// Client is a client of the default config that sends its hooks here. The end of
// the test closes it, before the backend, and fails the test if events could not
// be delivered. It logs nothing unless [resthook.WithLogger] is among the
// options. For another config give [Backend.Options] to
// [resthook.NewClient].
func (s *server) Client(options ...resthook.Option) *resthook.Client {
	s.t.Helper()
	options = slices.Concat(s.Options(), []resthook.Option{resthook.WithLogger(slog.New(slog.DiscardHandler))}, options)
	client, err := resthook.NewClient(resthook.DefaultConfig(), options...)
	if err != nil {
		s.t.Fatalf("hooktest: %v", err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.limit)
		defer cancel()
		if err := client.Close(ctx); err != nil {
			s.t.Errorf("hooktest: %v", err)
		}
	})
	return client
}
