package inspector

import (
	"context"
	"log"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/internal/redact"
)

// asker answers the hooks that no rule answers: a mirror or a forwarder.
type asker interface {
	// ask returns the answer, and notes a fault or the time taken in the exchange.
	ask(r *http.Request, x *exchange) reply
}

// hooks answers the hooks below a path under the rules, and passes each exchange to the
// journal and the sinks.
type hooks struct {
	base    string // the path above the methods
	rules   *rulebook
	asker   asker
	signer  signer
	journal *journal
	sinks   []sink      // beside the journal
	log     *log.Logger // nil for none
}

// ServeHTTP answers one request that is not for the page.
func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	method, below := h.method(r.URL)
	switch _, fromPage := r.Header["Origin"]; {
	case fromPage:
		jsonReply(http.StatusForbidden, "a request that carries Origin is a web page's, not a media server's").write(w, r)
		h.logLine(r.Method+" "+r.URL.Path, http.StatusForbidden, time.Since(begun), ": it carries Origin")
	case r.Method == http.MethodGet && (below || h.isBase(r.URL)):
		http.Redirect(w, r, "/", http.StatusFound)
	case below:
		h.serve(w, r, receive(r, method))
	case r.Method == http.MethodPost:
		h.refusePath(w, r, receive(r, strings.Trim(path.Base(r.URL.Path), "/")))
	default:
		http.NotFound(w, r)
		h.logLine(r.Method+" "+r.URL.Path, http.StatusNotFound, time.Since(begun), "")
	}
}

// method is the method in a URL: the one path element below the base.
func (h *hooks) method(u *url.URL) (string, bool) {
	method, below := strings.CutPrefix(u.Path, strings.TrimSuffix(h.base, "/")+"/")
	return method, below && strings.Trim(method, ".") != "" && !strings.Contains(method, "/")
}

func (h *hooks) isBase(u *url.URL) bool {
	return strings.TrimSuffix(u.Path, "/") == strings.TrimSuffix(h.base, "/")
}

// refusePath refuses a hook to another path, and shows it on the page.
func (h *hooks) refusePath(w http.ResponseWriter, r *http.Request, x *exchange) {
	x.notHook = "wrong path: hooks go to " + strings.TrimSuffix(h.base, "/") + "/METHOD"
	h.journal.begin(x)
	a := textReply(http.StatusNotFound, "404 page not found")
	x.end(a)
	h.journal.end(*x)
	h.logLine(r.Method+" "+r.URL.Path, a.status, x.Duration, "")
	a.write(w, r)
}

// serve answers a hook.
func (h *hooks) serve(w http.ResponseWriter, r *http.Request, x *exchange) {
	x.rule = h.rules.of(x)
	x.signed = h.signer.check(x.header, x.Request, x.Time)
	h.journal.begin(x)
	a := h.answer(w, r, x)
	x.end(a)
	h.report(*x) // before the answer is written, so that who has the answer finds the hook on the page
	extendWrites(w)
	a.write(w, r)
}

// answer is the rule's answer, or the asker's, changed by the rule.
func (h *hooks) answer(w http.ResponseWriter, r *http.Request, x *exchange) reply {
	if x.fault.blame != "" {
		return textReply(http.StatusBadRequest, x.fault.text)
	}
	if x.rule != nil && !wait(w, r, x.rule.delay) {
		return x.abandoned()
	}
	if x.rule.answers() {
		x.fault = x.rule.fault()
		return x.rule.reply()
	}
	noDeadlines(w)
	a := h.asker.ask(r, x)
	if r.Context().Err() != nil {
		return x.abandoned()
	}
	return x.rule.change(a)
}

// abandoned is the answer when the sender has closed the connection, or the process ends
// before there is an answer.
func (x *exchange) abandoned() reply {
	x.fault = fault{blameServer, "the connection was closed before the answer came"}
	return reply{}
}

// fault is the fault of a hook whose connection the rule drops.
func (r *rule) fault() fault {
	if r.drop {
		return fault{blameRule, "the connection is dropped (break)"}
	}
	return fault{}
}

// report passes an exchange that is over to the log, the sinks and the journal.
func (h *hooks) report(x exchange) {
	h.logLine(x.Method, x.Status, x.Duration, x.logged())
	for _, sink := range h.sinks {
		sink(x)
	}
	h.journal.end(x)
}

// wait waits for d. It returns false if the client or the server ends first.
func wait(w http.ResponseWriter, r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	noDeadlines(w)
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// recorder returns a sink that passes on what a recording can hold.
func recorder(record func(recording.Exchange)) sink {
	return func(x exchange) {
		if x.recordable() {
			record(x.Exchange)
		}
	}
}

// again answers a recorded hook at once. Neither the journal nor a sink gets it.
func (h *hooks) again(ctx context.Context, was recording.Exchange) recording.Exchange {
	x := &exchange{verb: http.MethodPost, size: len(was.Request), summary: summaryOf(was.Request), header: h.signer.headers(was.Request, time.Now())}
	x.Time, x.Method, x.Request = time.Now(), was.Method, was.Request
	x.head, x.rule = headOf(x.header), h.rules.of(x)
	if x.rule.answers() {
		x.end(x.rule.reply())
		return x.Exchange
	}
	r := (&http.Request{Method: x.verb, URL: &url.URL{Path: "/" + x.Method}}).WithContext(ctx)
	x.end(x.rule.change(h.asker.ask(r, x)))
	return x.Exchange
}

// logged is what the log line says beside the method and the status. It never has the
// payload.
func (x *exchange) logged() string {
	text := ""
	if x.session != "" {
		text = " session=" + terminal.Printable(x.session)
	}
	if x.fault.blame != "" {
		text += ": " + redact.Line(x.fault.String(), longestName)
	}
	return text
}

// logLine logs one request and its status.
func (h *hooks) logLine(what string, status int, took time.Duration, rest string) {
	if h.log == nil {
		return
	}
	outcome := "dropped"
	if status != 0 {
		outcome = strconv.Itoa(status)
	}
	h.log.Printf("%s %s %.1fms%s", terminal.Printable(what), outcome, float64(took.Microseconds())/1000, rest)
}
