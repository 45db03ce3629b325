package resthook_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// faultRow is a row of docs/protocol.md, 0.2: a fault, its result, and the row of
// retry/apache-httpclient.tsv to compare with.
type faultRow struct {
	name   string
	plays  hooktest.Behaviour
	tls    bool
	secure hooktest.Security
	kind   error // nil where it allows
	or     error // where the kernel decides which of two it is
	status int
	again  bool // tried again by default
	apache string
}

var faultRows = []faultRow{
	{name: "200 and an object", plays: hooktest.Answer(200, `{}`), status: 200, apache: "ok-200-json"},
	{name: "HTTP/1.0", plays: hooktest.AnswerHTTP10(200, `{}`), status: 200, apache: "HTTP/1.0-200"},
	{name: "ended by close", plays: hooktest.AnswerUntilClose(200, `{}`), status: 200},
	{name: "Connection: close", plays: hooktest.AnswerClose(200, `{}`), status: 200},
	{name: "chunked", plays: hooktest.AnswerChunked(200, `{`, `}`), status: 200},
	{name: "gzip, not asked for", plays: hooktest.AnswerGzip(200, `{}`), status: 200},

	{name: "FIN at accept", plays: hooktest.AtAccept(hooktest.FIN), kind: resthook.ErrNoAnswer, again: true, apache: "fin-on-accept(no read) SMALL"},
	{name: "RST at accept", plays: hooktest.AtAccept(hooktest.RST), kind: resthook.ErrNoAnswer, or: resthook.ErrUnreachable, again: true, apache: "rst-on-accept(no read) SMALL"},
	{name: "RST in the request", plays: hooktest.AtFirstByte(hooktest.RST), kind: resthook.ErrNoAnswer, again: true, apache: "read-headers-only-then-rst(big body)"},
	{name: "FIN after the request", plays: hooktest.AfterRequest(hooktest.FIN), kind: resthook.ErrNoAnswer, again: true, apache: "read-all-then-fin(no response)"},
	{name: "RST after the request", plays: hooktest.AfterRequest(hooktest.RST), kind: resthook.ErrNoAnswer, again: true, apache: "read-all-then-rst(no response)"},
	{name: "FIN after 100 Continue", plays: hooktest.AfterContinue(hooktest.FIN), kind: resthook.ErrNoAnswer, again: true, apache: "100-continue-then-fin"},
	{name: "FIN in the status line", plays: hooktest.InStatusLine(hooktest.FIN), kind: resthook.ErrNoAnswer, again: true, apache: "partial-status-line-then-fin"},
	{name: "RST in the status line", plays: hooktest.InStatusLine(hooktest.RST), kind: resthook.ErrNoAnswer, again: true, apache: "partial-status-line-then-rst"},

	{name: "FIN in the headers", plays: hooktest.InHeaders(hooktest.FIN), kind: resthook.ErrBody, status: 200, apache: "status+partial-headers-then-fin"},
	{name: "RST in the headers", plays: hooktest.InHeaders(hooktest.RST), kind: resthook.ErrBody, status: 200, apache: "status+partial-headers-then-rst"},
	{name: "FIN in the body", plays: hooktest.InBody(hooktest.FIN), kind: resthook.ErrBody, status: 200, apache: "truncated-body(CL 100, 2 bytes)"},
	{name: "RST in the body", plays: hooktest.InBody(hooktest.RST), kind: resthook.ErrBody, status: 200, apache: "body-then-rst-midway"},
	{name: "FIN in a chunk", plays: hooktest.InChunk(hooktest.FIN), kind: resthook.ErrBody, status: 200, apache: "truncated-chunked"},
	{name: "RST in a chunk", plays: hooktest.InChunk(hooktest.RST), kind: resthook.ErrBody, status: 200},
	{name: "garbage", plays: hooktest.AnswerRaw("SSH-2.0-OpenSSH_9.6\r\n", hooktest.Close), kind: resthook.ErrBody, apache: "garbage-status-line-then-fin"},
	{name: "gzip that is none", plays: hooktest.AnswerFalseGzip(200, `{}`), kind: resthook.ErrBody, status: 200, apache: "gzip-header-but-plain-body"},

	{name: "204", plays: hooktest.Answer(204, ``), kind: resthook.ErrStatus, status: 204, apache: "204-no-content"},
	{name: "302", plays: hooktest.Redirect(302, "/elsewhere"), kind: resthook.ErrStatus, status: 302, apache: "status-302"},
	{name: "307", plays: hooktest.Redirect(307, "/elsewhere"), kind: resthook.ErrStatus, status: 307, apache: "status-307"},
	{name: "403", plays: hooktest.Answer(403, ``), kind: resthook.ErrStatus, status: 403, apache: "status-403"},
	{name: "500", plays: hooktest.Answer(500, `oops`), kind: resthook.ErrStatus, status: 500, apache: "status-500"},
	{name: "503 with Retry-After", plays: hooktest.Answer(503, ``, "Retry-After: 1"), kind: resthook.ErrStatus, status: 503, apache: "status-503-retry-after"},

	{name: "tls: unknown authority", tls: true, secure: hooktest.UnknownAuthority, plays: hooktest.Answer(200, `{}`), kind: resthook.ErrTLS},
	{name: "tls: wrong host", tls: true, secure: hooktest.WrongHost, plays: hooktest.Answer(200, `{}`), kind: resthook.ErrTLS},
	{name: "tls: expired", tls: true, secure: hooktest.Expired, plays: hooktest.Answer(200, `{}`), kind: resthook.ErrTLS},
	{name: "tls: old version", tls: true, secure: hooktest.OldVersion, plays: hooktest.Answer(200, `{}`), kind: resthook.ErrTLS},
	{name: "tls: wants a certificate", tls: true, secure: hooktest.WantsCertificate, plays: hooktest.Answer(200, `{}`), kind: resthook.ErrTLS},
	{name: "tls: plain http on the port", tls: true, plays: hooktest.PlainAnswer(), kind: resthook.ErrTLS, apache: "tls-to-plaintext"},
	{name: "tls: RST in the handshake", tls: true, plays: hooktest.AtFirstByte(hooktest.RST), kind: resthook.ErrUnreachable, again: true, apache: "tls-rst-in-handshake"},
	{name: "tls: FIN in the handshake", tls: true, plays: hooktest.AtFirstByte(hooktest.FIN), kind: resthook.ErrUnreachable, again: true, apache: "tls-fin-in-handshake"},
	{name: "tls: FIN after the request", tls: true, plays: hooktest.AfterRequest(hooktest.FIN), kind: resthook.ErrNoAnswer, again: true},
	{name: "tls: FIN in the body", tls: true, plays: hooktest.InBody(hooktest.FIN), kind: resthook.ErrBody, status: 200},
}

// stallRows need time to pass, so they run on virtual time alone.
var stallRows = []faultRow{
	{name: "stall before the status", plays: hooktest.AfterRequest(hooktest.Stall), kind: resthook.ErrTimeout, apache: "read-timeout-before-status"},
	{name: "stall in the status line", plays: hooktest.InStatusLine(hooktest.Stall), kind: resthook.ErrTimeout},
	{name: "stall in the headers", plays: hooktest.InHeaders(hooktest.Stall), kind: resthook.ErrTimeout, status: 200},
	{name: "stall in the body", plays: hooktest.InBody(hooktest.Stall), kind: resthook.ErrTimeout, status: 200, apache: "read-timeout-mid-body"},
	{name: "slow drip", plays: hooktest.Drip(time.Second, 200, `{"name":"a name that takes a minute and more to arrive, byte by byte"}`), kind: resthook.ErrTimeout},
	{name: "tls: stall in the handshake", tls: true, plays: hooktest.AtFirstByte(hooktest.Stall), kind: resthook.ErrUnreachable, again: true},
}

var retrySettings = []struct {
	count int
	sent  bool
}{{0, false}, {0, true}, {1, false}, {1, true}, {3, false}, {3, true}}

func TestRetryTable(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		table := &attemptTable{seen: map[string][]int{}}
		t.Cleanup(func() { table.print(t) })
		for _, row := range faultRows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				for i, set := range retrySettings {
					attempts := tryFault(t, via, row.over(via), nil, set.count, set.sent)
					table.note(row.name, i, attempts)
				}
			})
		}
		for _, row := range append(faultRows, stallRows...) {
			t.Run("virtual time/"+row.name, func(t *testing.T) {
				t.Parallel()
				for i, set := range retrySettings {
					synctest.Test(t, func(t *testing.T) {
						attempts := tryFault(t, via, row.over(via), hooktest.NewNetwork(), set.count, set.sent)
						table.note(row.name, i, attempts)
					})
				}
			})
		}
	})
}

const (
	cutStatusLine = "a status line that is cut short | `body`, not tried again | net/http does not tell it from a whole one"
	cutInterim    = "an interim answer (1xx) and then nothing | `body`, not tried again | net/http does not tell what came after it"
	cutHead       = "a head that is cut short or too late | the error has no `Status` | net/http tells none before the whole head"
)

// netHTTPDiffers lists the rows with another result over net/http's transport, and why.
func netHTTPDiffers() map[string]string {
	return map[string]string{
		"FIN in the status line": cutStatusLine, "RST in the status line": cutStatusLine,
		"FIN after 100 Continue": cutInterim,
		"FIN in the headers":     cutHead, "RST in the headers": cutHead, "stall in the headers": cutHead,
	}
}

// over is the row for that transport.
func (r faultRow) over(via transport) faultRow {
	if via.name != netHTTPTransport.name {
		return r
	}
	switch netHTTPDiffers()[r.name] {
	case cutStatusLine, cutInterim:
		r.kind, r.again = resthook.ErrBody, false
	case cutHead:
		r.status = 0
	}
	return r
}

// The differences over net/http are in the docs, and are real.
func TestNetHTTPDifferencesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/operators.md")
	require.NoError(t, err)
	differs := netHTTPDiffers()
	for _, row := range append(faultRows, stallRows...) {
		own, other := row.over(ownTransport), row.over(netHTTPTransport)
		same := own.kind == other.kind && own.again == other.again && own.status == other.status //nolint:errorlint // two rows
		why, named := differs[row.name]
		assert.Equal(t, named, !same, row.name)
		assert.Contains(t, string(text), "| "+why)
		delete(differs, row.name)
	}
	assert.Empty(t, differs, "no such rows")
}

// tryFault sends a hook to a backend that plays the row, and returns how many
// attempts the backend has seen.
func tryFault(t *testing.T, via transport, row faultRow, network *hooktest.Network, count int, sent bool) int {
	t.Helper()
	socket := row.socket(t, network)
	cfg := resthook.DefaultConfig()
	cfg.RetryCount, cfg.SentRetryEnabled = count, sent
	opts := []resthook.Option{resthook.WithApp(resthook.App{URL: socket.URL() + "/rest"})}
	way := situation.Settings{Limit: cfg.MaxConnections, TLS: trusting(socket)}
	if network != nil {
		way.Dial = network.DialContext
	} else {
		opts = append(opts, resthook.WithBackoff(time.Millisecond, time.Millisecond))
	}
	client := makeClient(t, cfg, append(opts, via.options(t, way)...)...)

	want := 1
	if row.again && sent {
		want = count + 1
	}
	_, err := resthook.Connect.Send(t.Context(), client, &resthook.Connection{SessionID: "s"})
	assert.Equal(t, want, socket.Accepted(), "attempts seen by the backend, count %d, sent %v", count, sent)
	if row.kind == nil {
		require.NoError(t, err)
		return socket.Accepted()
	}
	require.True(t, errors.Is(err, row.kind) || row.or != nil && errors.Is(err, row.or), "%v", err)
	failed, ok := errors.AsType[*resthook.Error](err)
	require.True(t, ok)
	assert.Equal(t, want, failed.Attempts, "attempts in the error")
	assert.Equal(t, row.status, failed.Status)
	assert.Equal(t, resthook.ActionBreak, failed.Action)
	return socket.Accepted()
}

func (r faultRow) socket(t *testing.T, network *hooktest.Network) *hooktest.Socket {
	t.Helper()
	switch {
	case network != nil && r.tls:
		return hooktest.NewTLSSocketOn(t, network.Listen(), r.secure, r.plays)
	case network != nil:
		return hooktest.NewSocketOn(t, network.Listen(), r.plays)
	case r.tls:
		return hooktest.NewTLSSocket(t, r.secure, r.plays)
	}
	return hooktest.NewSocket(t, r.plays)
}

// attemptTable collects the attempts that the backends received, to be printed beside those
// of Apache HttpClient.
type attemptTable struct {
	mu   sync.Mutex
	seen map[string][]int
}

func (a *attemptTable) note(row string, setting, attempts int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[row] == nil {
		a.seen[row] = make([]int, len(retrySettings))
	}
	a.seen[row][setting] = attempts
}

func (a *attemptTable) print(t *testing.T) {
	t.Helper()
	apache := apacheAttempts()
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\t0 off\t0 on\t1 off\t1 on\t3 off\t3 on\terror\tApache 3 off\tApache 3 on")
	for _, row := range append(faultRows, stallRows...) {
		n := a.seen[row.name]
		if n == nil {
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%v\t%s\t%s\n", row.name, n[0], n[1], n[2], n[3], n[4], n[5],
			row.kind, apache[row.apache+" false"], apache[row.apache+" true"])
	}
	require.NoError(t, w.Flush())
	t.Logf("attempts by rest_client_request_retry_count and rest_client_request_sent_retry_enabled\n%s", text.String())
}

// apacheAttempts are those of Apache HttpClient with a count of 3, by fault and setting;
// none without the shared fixtures.
func apacheAttempts() map[string]string {
	attempts := map[string]string{}
	for _, line := range sharedLines("retry/apache-httpclient.tsv") {
		f := strings.Split(line, "\t")
		if len(f) < 6 || f[1] != "3" {
			continue
		}
		n := f[3]
		if _, accepts, ok := strings.Cut(f[5], "accepts="); ok {
			n = accepts
		}
		attempts[f[0]+" "+f[2]] = n
	}
	return attempts
}

func TestRefusedAndUnknown(t *testing.T) {
	t.Parallel()
	overBothTransports(t, refusedAndUnknown)
}

func refusedAndUnknown(t *testing.T, via transport) {
	t.Helper()
	for name, url := range map[string]string{
		"refused":      hooktest.RefusedURL(t),
		"unknown name": "http://no-such-host.invalid",
	} {
		for _, set := range retrySettings {
			t.Run(fmt.Sprintf("%s/%d %v", name, set.count, set.sent), func(t *testing.T) {
				t.Parallel()
				cfg := resthook.DefaultConfig()
				cfg.RetryCount, cfg.SentRetryEnabled = set.count, set.sent
				dials := &dialCounter{}
				client := makeClient(t, cfg, append(via.options(t, situation.Settings{Dial: dials.dial}),
					resthook.WithApp(resthook.App{URL: url}), resthook.WithBackoff(time.Millisecond, time.Millisecond))...)
				_, err := resthook.Connect.Send(t.Context(), client, &resthook.Connection{})
				require.ErrorIs(t, err, resthook.ErrUnreachable)
				want := 1
				if set.sent {
					want += set.count
				}
				assert.Equal(t, want, dials.count(), "connections tried")
				failed, _ := errors.AsType[*resthook.Error](err)
				assert.Equal(t, want, failed.Attempts)
				assert.Zero(t, failed.Status)
				assert.True(t, resthook.SafeToRepeat(err))
				assert.False(t, resthook.Denied(err))
			})
		}
	}
}
