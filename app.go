package resthook

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/wcskit/resthook/internal/signature"
)

// App is a backend: where the hooks of one appKey go (docs/protocol.md, 1).
type App struct {
	// Key is the appKey that picks the app. An app without one serves every
	// key that no other app has.
	Key string
	// URL is the address before the method's name: http or https, without a
	// query. A hook goes to URL/method.
	URL string
	// URLs are those of several backends that do the same, in place of URL: at most 16. The
	// first that is well is asked. A request that never reached one goes to the next at once,
	// within the same deadline and the same count of attempts; one that may have been received
	// goes to another only where it may be repeated at all. One that could not be reached, or
	// gave no answer or 502, 503 or 504 three times in a row, or answers none of three hooks for two
	// seconds, is left alone for a second, then asked by one hook at a time, after pauses of up to
	// 15 seconds (a circuit breaker). Where
	// none is well, all are asked. The hooks of a session stay with one backend while it is
	// well; but if nobody else has asked one that is down for five seconds after its pause, a hook of
	// a session does. [Stats] and the log have what is known of each.
	URLs []string
	// RoundRobin spreads sessions, and hooks without one, over the URLs in turn. Default: false.
	RoundRobin bool
	// Username and Password are sent as HTTP Basic auth where Username is not
	// empty. They can also be in the URL. Default: none.
	Username string
	Password Secret
	// SigningSecrets sign each hook as Standard Webhooks has it, in
	// [HeaderSignature]: base64, with whsec_ before it or not. While a key is
	// changed there are two, and the backend accepts either. A signed hook's
	// [HeaderTimestamp] is that of the attempt, so that a backend can refuse old
	// ones, and [HeaderCreated] says when it was made. Default: none.
	SigningSecrets []Secret
	// Credentials returns Username, Password and SigningSecrets in place of the fields, such as
	// from a vault. It is called by [NewClient] and [Client.Reload], at [Credentials].RefreshAt, and
	// after a backend has answered 401, but not within 10 seconds of the last call. No hook waits for it.
	// Its context ends after 10 seconds, for the functions of all apps together, which are called one
	// after the other, and with the client. Its error is that of NewClient and of Reload, whose caller
	// gets its panic too; later the old ones stay in use, a line in the log says "credentials not read",
	// and it is called again after 10 seconds. It may be called on any goroutine. Default: none.
	Credentials func(ctx context.Context) (Credentials, error)
	// Methods are the hooks that the backend is asked for: PublishStream, or one
	// of NewHook. For any other no request is made and the client's data are used.
	// A list that is empty or lacks Connect is an error unless ConnectUnasked is
	// set. Default, nil: all.
	Methods []Method
	// ConnectUnasked lets every client of the app in without a request, which
	// a warning says at the start. Connect can then not be among the Methods,
	// and a nil Methods means all others. Default: false.
	ConnectUnasked bool
}

// clone is a copy that shares nothing with the app.
func (a App) clone() App {
	a.URLs, a.Methods, a.SigningSecrets = slices.Clone(a.URLs), slices.Clone(a.Methods), slices.Clone(a.SigningSecrets)
	return a
}

func cloneApps(apps []App) []App {
	all := make([]App, len(apps))
	for i, a := range apps {
		all[i] = a.clone()
	}
	return all
}

// title begins an error about the app.
func (a App) title() string {
	if a.Key == "" {
		return "app: "
	}
	return fmt.Sprintf("app %q: ", a.Key)
}

// String prints the app without its secrets.
func (a App) String() string {
	return fmt.Sprintf("{Key:%s URL:%s Username:%s Password:%s Methods:%v}", a.Key, strings.Join(a.shownURLs(), " "), a.Username, a.Password, namesOf(a.Methods))
}

// Format prints what String returns, whatever the verb.
func (a App) Format(f fmt.State, verb rune) { printTo(f, verb, a.String()) }

// LogValue prints the app without its secrets.
func (a App) LogValue() slog.Value { return slog.StringValue(a.String()) }

// defaultAppKey is the key of a client that gives none (docs/protocol.md, 1).
const defaultAppKey = "defaultApp"

// app is an App made ready for requests. It does not change.
type app struct {
	key        string
	backends   []*backend // at least one
	roundRobin bool
	turns      *atomic.Uint64                       // of roundRobin
	hash       func(body []byte) string             // the WCS hash, nil without
	sign       func(mark stamp, body []byte) string // the signature, nil without
	fetches    bool                                 // its credentials come from a function
	methods    map[string]bool                      // nil: all
	unasked    bool                                 // connect is not asked
}

// newApp checks the app and makes it ready. before is the one whose place it takes, or nil.
func newApp(a App, o *options, cfg Config, before *app) (*app, error) {
	own := &app{key: a.Key, roundRobin: a.RoundRobin, unasked: a.ConnectUnasked, fetches: a.Credentials != nil}
	if err := own.read(a, o.header, cfg); err != nil {
		return nil, fmt.Errorf("%w: %s%w", ErrConfig, a.title(), err)
	}
	if own.turns = new(atomic.Uint64); before != nil {
		own.turns = before.turns
	}
	known := before.breakers()
	for _, one := range own.backends {
		one.breaker = known.of(one)
		if err := one.chooseProxy(o.proxy); err != nil {
			return nil, fmt.Errorf("%w: %surl %q: proxy: %w", ErrConfig, a.title(), one.shown, err)
		}
	}
	return own, nil
}

func (a *app) read(given App, header http.Header, cfg Config) (err error) {
	if given.Key != trimmed(given.Key) {
		return errors.New("its key begins or ends with a blank")
	}
	if a.backends, err = newBackends(given, header, cfg); err != nil {
		return err
	}
	if a.sign, err = signer(given.SigningSecrets); err != nil {
		return err
	}
	if cfg.SendHash {
		key := []byte(cfg.SecretKey.Reveal()) // in a closure: no printer of the app sees it
		a.hash = func(body []byte) string { return signature.WCSText(key, body) }
	}
	a.methods, err = methodsOf(given)
	return err
}

// methodsOf returns the names of the methods that are asked for; nil: all.
func methodsOf(a App) (map[string]bool, error) {
	if a.Methods == nil {
		return nil, nil //nolint:nilnil // all of them
	}
	names := make(map[string]bool, len(a.Methods))
	for _, method := range a.Methods {
		switch {
		case method == nil:
			return nil, errors.New("a nil method")
		case method.Name() == "":
			return nil, errors.New("a method that NewHook did not make")
		case names[method.Name()]:
			return nil, fmt.Errorf("method %s is there twice", method.Name())
		}
		names[method.Name()] = true
	}
	return names, checkConnect(names[Connect.name], a.ConnectUnasked)
}

// checkConnect refuses an app that lets everybody in and does not say so.
func checkConnect(asked, unasked bool) error {
	switch {
	case asked && unasked:
		return errors.New("connect is among its methods, but ConnectUnasked is set")
	case !asked && !unasked:
		return errors.New("its methods lack Connect, so every client would be let in unasked: add Connect, or set ConnectUnasked")
	}
	return nil
}

// namesOf are the names of methods, for print.
func namesOf(methods []Method) []string {
	names := make([]string, 0, len(methods))
	for _, method := range methods {
		if method != nil {
			names = append(names, method.Name())
		}
	}
	return names
}

// authorization is the Authorization header of HTTP Basic auth, empty without; user is what the
// URL has. The header can't be shared with the WCS hash (docs/protocol.md, 0.5).
func (a App) authorization(user *url.Userinfo, cfg Config) (string, error) {
	name, password := a.Username, a.Password.Reveal()
	if user != nil {
		if a.Credentials != nil {
			return "", errors.New("a user name in the url, and a function for credentials")
		}
		if name != "" || password != "" {
			return "", errors.New("a user name both in the url and beside it")
		}
		name = user.Username()
		password, _ = user.Password()
	}
	if err := checkUser(name, password); err != nil {
		return "", err
	}
	switch {
	case name == "":
		return "", nil
	case cfg.SendHash:
		return "", errors.New("basic auth and rest_hook_send_hash both want the Authorization header")
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password)), nil
}

// checkUser judges what Basic auth can carry (RFC 7617).
func checkUser(name, password string) error {
	switch {
	case name == "" && password != "":
		return errors.New("a password without a user name")
	case strings.Contains(name, ":"):
		return errors.New("a user name with a colon, which Basic auth can't carry")
	case strings.ContainsFunc(name+password, unicode.IsControl):
		return errors.New("a control character in the user name or password")
	case name == masked || password == masked:
		return fmt.Errorf("the user name or password: %w", errMasked)
	}
	return nil
}

// enabled reports whether the backend is asked for the method.
func (a *app) enabled(method string) bool {
	if method == Connect.name {
		return !a.unasked
	}
	return a.methods == nil || a.methods[method]
}

// unasked lists what lets clients in, or do things, without asking the backend. Each is a
// choice that somebody made, and a line in the log at the start.
func (o *options) unasked(s *state) []string {
	if s.cfg.DisableRestRequests {
		return []string{"disable_rest_requests is true: no backend is asked, and every client may do everything"}
	}
	var all []string
	if o.rule.RestPolicy == RestPolicyDisable {
		all = append(all, "WithDefaultRule says DISABLE: what no policy names is done unasked")
	}
	for _, app := range s.given {
		all = append(all, app.unasked()...)
	}
	return append(all, s.unkept()...)
}

func (a App) unasked() []string {
	var all []string
	if a.ConnectUnasked {
		all = append(all, a.title()+"connect is not asked: every client is let in")
	}
	if a.Methods == nil {
		return all
	}
	asked := namesOf(a.Methods)
	var free []string
	for _, method := range Methods() {
		if decides(method) && !slices.Contains(asked, method.Name()) {
			free = append(free, method.Name())
		}
	}
	if len(free) > 0 {
		all = append(all, a.title()+"not among its methods, so done unasked: "+strings.Join(free, ", "))
	}
	return all
}

// decides reports whether the answer to the method decides. Connect has a line of its own.
func decides(method Method) bool {
	return method.Kind() == KindDirect || method.Kind() == KindIncoming
}

// unkept lists why streams get no keep-alives although they are enabled.
func (s *state) unkept() []string {
	switch {
	case !s.cfg.KeepAliveEnabled:
		return nil
	case len(s.cfg.KeepAliveAppKeys) == 0:
		return []string{"keep_alive_streaming_sessions_enabled is true, but streaming_sessions_keep_alive_app_keys names no app: no stream is asked about"}
	}
	var all []string
	for _, key := range s.cfg.KeepAliveAppKeys {
		app, ok := s.appOf(key)
		switch {
		case !ok:
			all = append(all, fmt.Sprintf("streaming_sessions_keep_alive_app_keys names %.40q, which is the key of no app: no stream of it is asked about", key))
		case app.Methods != nil && !slices.Contains(namesOf(app.Methods), StreamKeepAliveEvent.name):
			all = append(all, app.title()+"StreamKeepAliveEvent is not among its methods: no stream of it is asked about")
		}
	}
	return all
}

// appOf is the app that serves a key.
func (s *state) appOf(key string) (App, bool) {
	for _, wanted := range []string{key, ""} {
		if i := slices.IndexFunc(s.given, func(a App) bool { return a.Key == wanted }); i >= 0 {
			return s.given[i], true
		}
	}
	return App{}, false
}

// warnOnce logs a warning the first time under a config.
func (c *Client) warnOnce(done *atomic.Bool, text string) {
	if done.CompareAndSwap(false, true) {
		c.opts.logger.Warn("configuration", "warning", text)
	}
}
