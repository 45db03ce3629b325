package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// target is where hooks go and under which settings: the flags that all
// commands which send have in common.
type target struct {
	URL    string   `name:"url" placeholder:"URL" default:"http://localhost:8081/apps/EchoApp" help:"The app's base URL; the hook goes to URL/METHOD. Default: ${default}"`
	Config *string  `placeholder:"FILE" help:"A flashphoner.properties file. Default: the built-in settings."`
	Set    []string `placeholder:"KEY=VALUE" sep:"none" help:"One property over the file's; repeatable."`
	User   *string  `placeholder:"NAME:PASSWORD" help:"HTTP Basic auth of the app. Default: none."`
}

// settings are the file's, with each --set over them.
func (t *target) settings() (resthook.Config, error) {
	cfg := resthook.DefaultConfig()
	if t.Config != nil {
		var err error
		if cfg, err = resthook.LoadConfig(*t.Config); err != nil {
			return cfg, fmt.Errorf("--config: %w", err)
		}
	}
	for _, property := range t.Set {
		key, value, found := strings.Cut(property, "=")
		if !found { // not quoted: it may be a secret
			return cfg, errors.New("--set: no = in it: KEY=VALUE is wanted")
		}
		var err error
		if cfg, err = cfg.With(strings.TrimSpace(key), value); err != nil {
			return cfg, fmt.Errorf("--set: %w", err)
		}
	}
	if err := cfg.Validate(); err != nil { // the file alone was fine
		return cfg, fmt.Errorf("--set: %w", err)
	}
	return cfg, nil
}

func (t *target) client(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
	app := resthook.App{URL: t.URL}
	if t.User != nil {
		name, password, found := strings.Cut(*t.User, ":")
		if !found { // not quoted: it may be a secret
			return nil, errors.New("--user: no colon in it: NAME:PASSWORD is wanted")
		}
		app.Username, app.Password = name, resthook.NewSecret(password)
	}
	quiet := resthook.WithLogger(slog.New(slog.DiscardHandler)) // the commands say what came of a hook
	return resthook.NewClient(cfg, append(opts, quiet, resthook.WithApp(app))...)
}

// loadSettings are the settings for a command that sends many hooks: to send
// none is not what it is for.
func (t *target) loadSettings() (resthook.Config, error) {
	cfg, err := t.settings()
	if err == nil && cfg.DisableRestRequests {
		err = errors.New("disable_rest_requests is true: no hook would be sent")
	}
	return cfg, err
}

// shownURL is the URL as it may be printed. A client was made of it, so it
// parses.
func (t *target) shownURL() string {
	u, err := url.Parse(t.URL)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialTCP opens connections as the library does when it is left to itself.
func dialTCP() dialFunc {
	return (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext
}
