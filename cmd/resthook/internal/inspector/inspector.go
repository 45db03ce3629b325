package inspector

import (
	"cmp"
	"embed"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// pagePrefix is the path of all that belongs to the page, but for the page
// itself: that is at /.
const PagePrefix = "/-/"

//go:embed page
var pageFiles embed.FS

// inspector is the page and what it asks for: the hooks as they come in, the
// rules, the run as a recording.
type inspector struct {
	echo    *echo
	rules   *rulebook
	journal *journal
	changed *bell
	host    string // that of --addr
	routes  *http.ServeMux
	origin  *http.CrossOriginProtection
}

// Options say what is served.
type Options struct {
	Path   string                   // the path above the methods
	Host   string                   // a host name of the page, beside localhost and IP addresses
	Rules  Rules                    // those in force at first
	Keep   int                      // how many hooks the page has at most; 0 for 5000
	Log    *log.Logger              // gets a line for each hook
	Record func(recording.Exchange) // is told of each hook when it is over, if it is not nil
}

// New returns a backend that answers hooks under the rules, with its page.
func New(o Options) http.Handler { return newInspector(o) }

func newInspector(o Options) *inspector {
	changed := &bell{}
	i := &inspector{
		rules:   newRulebook(o.Rules, changed.ring),
		journal: newJournal(cmp.Or(o.Keep, journalHooks), journalBytes, changed.ring),
		changed: changed, host: o.Host, routes: http.NewServeMux(),
		origin: http.NewCrossOriginProtection(),
	}
	i.echo = newEcho(o.Path, i.rules, o.Log, o.sinks(i.journal.add)...)
	i.route()
	return i
}

func (o Options) sinks(journal sink) []sink {
	if o.Record == nil {
		return []sink{journal}
	}
	return []sink{journal, func(x exchange) { o.Record(x.Exchange) }}
}

func (i *inspector) route() {
	i.routes.HandleFunc("GET /{$}", pageFile)
	i.routes.HandleFunc("GET /-/page/{file}", pageFile)
	i.routes.HandleFunc("GET /-/events", i.events)
	i.routes.HandleFunc("GET /-/hooks/{run}/{number}", i.hook)
	i.routes.HandleFunc("GET /-/run", i.download)
	i.routes.HandleFunc("GET /-/rules", i.showRules)
	i.routes.HandleFunc("PUT /-/rules", i.changeRules)
	i.routes.HandleFunc("DELETE /-/rules", i.changeRules)
	i.routes.HandleFunc("DELETE /-/run", i.clear)
	i.routes.HandleFunc("POST /-/replay", i.replay)
}

// pageFile serves the page and the files that it loads. Their types do not come
// from the system: it may have others.
func pageFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "page.html"
	}
	kind, known := map[string]string{
		".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
	}[path.Ext(name)]
	if known {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
	}
	files, _ := fs.Sub(pageFiles, "page") // the name is valid
	http.ServeFileFS(w, r, files, name)   //nolint:gosec // no path leads out of an embed.FS
}

// owns tells whether a request is for the page and not a hook.
func (i *inspector) owns(r *http.Request) bool {
	if r.URL.Path == "/" {
		return r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	return strings.HasPrefix(r.URL.Path, PagePrefix)
}

// ServeHTTP answers a hook, or the page.
func (i *inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if i.owns(r) {
		i.servePage(w, r)
		return
	}
	i.echo.ServeHTTP(w, r)
}

// policy lets the page load from here alone, take no script from elsewhere and
// make no markup of text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// servePage serves what belongs to the page, to the page alone: other sites
// that a browser has open can neither read nor change anything.
func (i *inspector) servePage(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if !i.known(r.Host) {
		fail(w, http.StatusForbidden, "the page is not at this host name: use localhost, an IP address or the host of --addr")
		return
	}
	if err := i.origin.Check(r); err != nil {
		fail(w, http.StatusForbidden, "this comes from another site")
		return
	}
	i.routes.ServeHTTP(w, r)
}

// known tells whether a Host header is one under which the page may be asked
// for. A site that has its own name lead to this machine (DNS rebinding) can
// forge neither an address nor localhost.
func (i *inspector) known(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(hostOnly(host), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	own := i.host != "" && name == strings.ToLower(i.host)
	return own || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// hostOnly is HOST of HOST:PORT or HOST, without the brackets of IPv6.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}
