// Package flags has the flags that several commands share, and reads their values. A
// [Target] says where hooks are sent and with which settings, a [Connection] how the
// backend is connected to, and [Listening] how hooks are received. Errors name the flag, and
// never quote what may be a secret.
package flags

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
)

// Target has the flags that all commands that send share: where hooks go, and the
// settings.
type Target struct {
	URL    string   `name:"url" placeholder:"URL" default:"http://localhost:8081/apps/EchoApp" help:"The app's base URL; the hook goes to URL/METHOD. Without http:// or https:// it is HOST[:PORT][/PATH], for http. Default: ${default}"`
	Config *string  `placeholder:"FILE" help:"A flashphoner.properties file. Default: the built-in settings."`
	Set    []string `placeholder:"KEY=VALUE" sep:"none" help:"One property over the file's; repeatable."`
	User   *string  `placeholder:"NAME:PASSWORD" help:"HTTP Basic auth of the app. Default: none."`

	Connection
}

// Settings are those of the file, changed by each --set.
func (t *Target) Settings() (resthook.Config, error) {
	cfg := resthook.DefaultConfig()
	if t.Config != nil {
		var err error
		if cfg, err = resthook.LoadConfig(*t.Config); err != nil {
			return cfg, fmt.Errorf("--config: %w", err)
		}
	}
	for _, property := range t.Set {
		key, value, found := strings.Cut(property, "=")
		if !found {
			return cfg, fmt.Errorf("--set%s: no = in it: KEY=VALUE is wanted", knownKey(property))
		}
		var err error
		if cfg, err = cfg.With(strings.TrimSpace(key), value); err != nil {
			return cfg, fmt.Errorf("--set: %w", err)
		}
	}
	if err := cfg.Validate(); err != nil { // the file alone was valid
		return cfg, fmt.Errorf("--set: %w", err)
	}
	return cfg, nil
}

// NewClient makes the client that sends. For TLS, opts must have the options of
// [Target.Secured].
func (t *Target) NewClient(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
	app, err := t.app()
	if err != nil {
		return nil, err
	}
	headers, err := t.Headers()
	if err != nil {
		return nil, err
	}
	for name, values := range headers {
		for _, value := range values {
			opts = append(opts, resthook.WithHeader(name, value))
		}
	}
	return resthook.NewClient(cfg, append(opts, silent(), resthook.WithApp(app))...)
}

// silent logs nothing: the commands print each outcome themselves.
func silent() resthook.Option { return resthook.WithLogger(slog.New(slog.DiscardHandler)) }

// Secured is the option for TLS, or none if no TLS flag is given.
func (t *Target) Secured() ([]resthook.Option, error) {
	config, err := t.TLS()
	if err != nil || config == nil {
		return nil, err
	}
	return []resthook.Option{resthook.WithTLSConfig(config)}, nil
}

// app is the app of the flags. Its errors name the flag.
func (t *Target) app() (resthook.App, error) {
	var app resthook.App
	var err error
	if app.URL, err = BackendURL("--url", t.URL); err != nil {
		return app, err
	}
	if t.User != nil {
		name, password, found := strings.Cut(*t.User, ":")
		if !found { // not quoted: it may be a secret
			return app, errors.New("--user: no colon in it: NAME:PASSWORD is wanted")
		}
		app.Username, app.Password = name, resthook.NewSecret(password)
		if err := probe(app); err != nil {
			return app, fmt.Errorf("--user: %s", reason(err))
		}
	}
	app.SigningSecrets, err = t.Secrets()
	return app, err
}

// BackendURL is the URL of a flag, which may lack its http://. Nothing is trimmed: a URL
// that the library rejects is wrong usage.
func BackendURL(flag, raw string) (string, error) {
	base := raw
	switch lower := strings.ToLower(raw); {
	case raw == "", strings.HasPrefix(lower, "http"), strings.HasPrefix(raw, "/"), strings.Contains(raw, "://"):
	default:
		base = "http://" + raw
	}
	if err := probe(resthook.App{URL: base}); err != nil {
		return "", fmt.Errorf("%s: %s", flag, reason(err))
	}
	return base, nil
}

// knownKey quotes a text if it is the name of a property. Any other text may be a secret.
func knownKey(text string) string {
	known := slices.ContainsFunc(resthook.DefaultConfig().Settings(), func(s resthook.Setting) bool { return s.Key == text })
	if !known {
		return ""
	}
	return fmt.Sprintf(" %q", text)
}

// EnabledSettings are the settings for a command that sends many hooks. It is an error if
// they disable hooks.
func (t *Target) EnabledSettings() (resthook.Config, error) {
	cfg, err := t.Settings()
	if err == nil && cfg.DisableRestRequests {
		err = errors.New("disable_rest_requests is true: no hook would be sent")
	}
	return cfg, err
}

// ShownURL is the URL without its user. It must be valid.
func (t *Target) ShownURL() string {
	base, err := BackendURL("--url", t.URL)
	if err != nil {
		return ""
	}
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}

// IsTLS reports whether the URL begins with https.
func (t *Target) IsTLS() bool { return strings.HasPrefix(strings.ToLower(t.URL), "https:") }
