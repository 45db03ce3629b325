package resthook

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// App is a backend: where the hooks of one appKey go (protocol.md section 1).
type App struct {
	// Key is the appKey that picks the app. An app without one serves every
	// key that no other app has.
	Key string
	// URL is the address before the method's name: http or https, without a
	// query. A hook goes to URL/method.
	URL string
	// Username and Password are sent as HTTP Basic auth where Username is not
	// empty. They can also stand in the URL. Default: none.
	Username string
	Password Secret
	// SigningSecrets sign each hook as Standard Webhooks has it, in
	// [HeaderSignature]: base64, with whsec_ before it or not. While a key is
	// changed there are two, and the backend accepts either. A signed hook's
	// [HeaderTime] is that of the attempt, so that a backend can refuse old
	// ones, and [HeaderMade] says when it was made. Default: none.
	SigningSecrets []Secret
	// Methods are the methods that the backend is asked for. For any other no
	// request is made and the client's data stand. Default, nil: all. An empty
	// list that is not nil: none.
	Methods []string
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
	return fmt.Sprintf("{Key:%s URL:%s Username:%s Password:%s Methods:%v}", a.Key, maskURL(a.URL), a.Username, a.Password, a.Methods)
}

// GoString prints the app without its secrets.
func (a App) GoString() string { return "resthook.App" + a.String() }

// MarshalJSON writes the app without its secrets.
func (a App) MarshalJSON() ([]byte, error) {
	type plain App // without this method
	a.URL = maskURL(a.URL)
	return json.Marshal(plain(a))
}

// LogValue prints the app without its secrets.
func (a App) LogValue() slog.Value { return slog.StringValue(a.String()) }

// defaultAppKey is the key of a client that gives none (protocol.md section 1).
const defaultAppKey = "defaultApp"

// app is an App made ready for requests. It does not change.
type app struct {
	key     string
	base    *url.URL
	shown   string // the URL as it may be printed
	header  http.Header
	hash    func(body []byte) string             // the WCS hash, nil without
	sign    func(mark stamp, body []byte) string // the signature, nil without
	methods map[string]bool

	to    endpoint
	line  string        // a request's first bytes, up to the method's name
	head  string        // and what follows the name, the same in every request
	blank *http.Request // what go-retryablehttp and http.Client see of a request
}

// newApp checks the app and makes it ready. header is what every request has.
func newApp(a App, header http.Header, cfg Config) (*app, error) {
	base, err := parseBase(a.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: %surl %q: %w", ErrConfig, a.title(), maskURL(a.URL), err)
	}
	own := &app{key: a.Key, header: header.Clone()}
	if err := own.authorize(a, base, cfg); err != nil {
		return nil, fmt.Errorf("%w: %s%w", ErrConfig, a.title(), err)
	}
	if own.sign, err = signer(a.SigningSecrets); err != nil {
		return nil, fmt.Errorf("%w: %s%w", ErrConfig, a.title(), err)
	}
	base.User = nil
	own.base, own.shown = base, base.String()
	if a.Methods != nil {
		own.methods = make(map[string]bool, len(a.Methods))
	}
	for _, method := range a.Methods {
		if err := checkName(method); err != nil {
			return nil, fmt.Errorf("%s%w", a.title(), err)
		}
		own.methods[method] = true
	}
	return own, own.prepare()
}

func parseBase(raw string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		return nil, fmt.Errorf("it does not parse")
	}
	switch {
	case raw == "":
		return nil, fmt.Errorf("an app needs one")
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, fmt.Errorf("it does not begin with http:// or https://")
	case base.Hostname() == "":
		return nil, fmt.Errorf("no host")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, fmt.Errorf("a query or fragment can't stand before the method's name")
	}
	return base, checkPort(base)
}

func checkPort(base *url.URL) error {
	if base.Port() == "" && !strings.HasSuffix(base.Host, ":") {
		return nil // none given
	}
	if n, err := strconv.Atoi(base.Port()); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q is no port", base.Port())
	}
	return nil
}

// authorize settles who writes the Authorization header: HTTP Basic auth or the
// WCS hash, which can't share it (protocol.md section 0.5).
func (a *app) authorize(given App, base *url.URL, cfg Config) error {
	name, password := given.Username, given.Password.Reveal()
	if base.User != nil {
		if name != "" || password != "" {
			return fmt.Errorf("a user name both in the url and beside it")
		}
		name = base.User.Username()
		password, _ = base.User.Password()
	}
	switch {
	case name == "" && password != "":
		return fmt.Errorf("a password without a user name")
	case password == masked:
		return fmt.Errorf("the password: %w", errMasked)
	}
	if strings.Contains(name, ":") {
		return fmt.Errorf("a user name with a colon, which Basic auth can't carry")
	}
	switch {
	case name != "" && cfg.SendHash:
		return fmt.Errorf("basic auth and rest_hook_send_hash both want the Authorization header")
	case name != "":
		a.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+password)))
	case cfg.SendHash:
		a.hash = hasher(cfg.SecretKey)
	}
	return nil
}

// enabled reports whether the backend is asked for the method.
func (a *app) enabled(method string) bool { return a.methods == nil || a.methods[method] }

// url is where the method goes, as it may be printed.
func (a *app) url(method string) string { return a.shown + "/" + method }
