// Package inspector is a backend to develop against: it answers hooks under rules, or
// forwards them to another backend, and shows them on a web page as they come in.
//
// Files beside this one: hooks, exchange, reply and journal are about hooks; forward, head
// and mirror about who answers them; rule* about rules; page* about the page and the
// requests that it makes.
package inspector

import (
	"cmp"
	"log"
	"net/http"
	"net/url"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// PagePrefix is the path of everything that belongs to the page, except for the page
// itself, which is at /.
const PagePrefix = "/-/"

// Options say what is served.
type Options struct {
	Command string                   // the command's name, for the page
	Path    string                   // the path above the methods
	Host    string                   // a host name of the page, beside localhost and IP addresses
	URL     string                   // where hooks go; the page sends hooks again to it
	Rules   Rules                    // the rules at the start
	Keep    int                      // how many hooks the page keeps at most; 0 for 10,000
	Log     *log.Logger              // gets a line for each hook; nil for none
	Record  func(recording.Exchange) // gets each hook when it is over; nil for none
	Secrets []resthook.Secret        // signatures are checked with these
	Backend *Backend                 // answers the hooks that no rule answers; nil to mirror them
}

// Inspector answers hooks or forwards them, and serves the page that shows them.
type Inspector struct {
	Options

	root      string     // the URL without its path
	forwarder *forwarder // nil for a mirror
	hooks     *hooks
	rules     *rulebook
	journal   *journal
	routes    *http.ServeMux
	origin    *http.CrossOriginProtection
}

// New returns an inspector. The secrets must have been checked.
func New(o Options) *Inspector {
	i := &Inspector{
		Options: o, root: rootOf(o.URL), rules: newRulebook(o.Rules),
		journal: newJournal(cmp.Or(o.Keep, journalHooks), journalBytes),
		routes:  http.NewServeMux(), origin: http.NewCrossOriginProtection(),
	}
	i.hooks = &hooks{base: o.Path, rules: i.rules, asker: newMirror(), journal: i.journal, log: o.Log}
	if o.Backend != nil {
		i.forwarder = newForwarder(*o.Backend)
		i.hooks.asker = i.forwarder
	}
	i.hooks.signer, _ = newSigner(o.Secrets) // the secrets have been checked
	if o.Record != nil {
		i.hooks.sinks = []sink{recorder(o.Record)}
	}
	i.route()
	return i
}

// Close closes the connections to the backend.
func (i *Inspector) Close() {
	if i.forwarder != nil {
		i.forwarder.close()
	}
}

// rootOf is a URL without its path.
func rootOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (i *Inspector) route() {
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /{$}":                    pageFile,
		"GET /-/page/{file}":          pageFile,
		"GET /-/poll":                 i.poll,
		"GET /-/hooks/{run}/{number}": i.detail,
		"GET /-/search":               i.search,
		"POST /-/send":                i.send,
		"GET /-/rules":                i.showRules,
		"POST /-/rules":               i.addRule,
		"PUT /-/rules":                i.putRules,
		"DELETE /-/rules":             i.removeRule,
		"POST /-/policy":              i.explain,
		"GET /-/run":                  i.download,
		"DELETE /-/run":               i.clear,
		"POST /-/replay":              i.replay,
	} {
		i.routes.HandleFunc(pattern, handler)
	}
}

// ServeHTTP answers a hook, or the page.
func (i *Inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if i.owns(r) {
		i.servePage(w, r)
		return
	}
	i.hooks.ServeHTTP(w, r)
}

// owns reports whether a request is for the page and not a hook.
func (i *Inspector) owns(r *http.Request) bool {
	if r.URL.Path == "/" {
		return r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	return strings.HasPrefix(r.URL.Path, PagePrefix)
}
