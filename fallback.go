package resthook

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/recall"
)

// Fallback is what a hook does where nobody answers: no backend could be reached, the
// connection was lost, or there was no answer in time; or 502, 503 or 504, by which a gateway says
// the same. It never counts where one of the attempts was answered otherwise or could not be trusted,
// where nothing was tried, and where the caller gave up. One of Everybody and Known has to be set.
type Fallback struct {
	// Everybody allows: the hook goes on with the payload as it is. A session that is let in by
	// it has no restClientConfig.
	Everybody bool
	// Known allows those whom the backend has allowed within that time before: for the same
	// question, the answer is the one that it gave then, without those ids. One that it denies
	// meanwhile is not known any more.
	Known time.Duration
	// Who says who asks, for Known: two hooks of one method with the same text are the same
	// question, and an empty text is nobody. session is nil for a hook without one. It is called on
	// the goroutine of [Hook.Send]. Default: the payload, and for a hook of a session its
	// connection, without nodeId, sessionId, mediaSessionId, callId and authToken. The address of a
	// client stands in its sessionId only: give Who if the backend decides by that.
	Who func(session *Session, payload json.RawMessage) string
}

// WithFallback allows a hook where nobody answers, instead of what the protocol says. Each
// time, [Outcome].Fallback is true, [Stats] counts it, and the log has a line "fallback" in
// place of "hook failed". It may be given once for each method, and not for events. At most
// 50,000 answers are remembered, 64 MiB in all, in memory only. Default: for connect, playHLS and
// playRTSP deny, for others what the backend's policy says (docs/protocol.md, 3.1).
func WithFallback(method Method, f Fallback) Option {
	return func(o *options) error {
		switch {
		case method == nil || method.Name() == "":
			return errors.New("fallback: a nil method, or one that NewHook did not make")
		case method.Kind() == KindEvent:
			return fmt.Errorf("fallback of %s: it is an event, which asks nothing", method.Name())
		case f.Known < 0, f.Everybody == (f.Known > 0):
			return fmt.Errorf("fallback of %s: everybody, or a time for those who are known: one of the two", method.Name())
		case o.fallbacks[method.Name()] != nil:
			return fmt.Errorf("two fallbacks of %s", method.Name())
		}
		if o.fallbacks == nil {
			o.fallbacks = map[string]*fallback{}
		}
		o.fallbacks[method.Name()] = &fallback{Fallback: f}
		return nil
	}
}

const (
	knownAnswers = 50_000
	knownBytes   = 64 << 20
)

// fallback is the Fallback of a method.
type fallback struct {
	Fallback

	count atomic.Uint64 // how often it has allowed
}

// fallback is that of the hook, or nil, with the key of the question; ok is false for nobody.
func (x *exchange) fallback() (f *fallback, key recall.Key, ok bool) {
	f = x.route.client.opts.fallbacks[x.method]
	if f == nil || f.Everybody {
		return f, key, f != nil
	}
	who := x.route.who(f.Who)
	return f, sha256.Sum256([]byte(strconv.Itoa(len(x.method)) + x.method + " " + x.route.app.key + "\x00" + who)), who != ""
}

// who is the text that stands for who asks.
func (r *route) who(given func(*Session, json.RawMessage) string) string {
	if given != nil {
		return given(r.session, json.RawMessage(slices.Clone(r.payload)))
	}
	paths := idPaths()
	who := string(paths.Without(r.payload))
	if r.session != nil {
		who += string(paths.Without(r.session.conn))
	}
	return who
}

// fallBack takes the answer of a fallback in place of a failure, where there is one.
func (x *exchange) fallBack(answer []byte, fault *failure, last *attempt) ([]byte, *failure) {
	if x.route.client.opts.fallbacks == nil {
		return answer, fault
	}
	if recalled, ok := x.recalled(fault, last); ok {
		x.Fallback, x.unanswered = true, fault
		return recalled, nil
	}
	if fault != nil && fault.kind == faultStatus && denies(x.Status) && hint(x.Status) == "" {
		x.forget()
	}
	return answer, fault
}

// allowed is the failure of a hook that a fallback has allowed; nil for any other.
func (x *exchange) allowed(last *attempt) error {
	if !x.Fallback {
		return nil
	}
	x.route.client.opts.fallbacks[x.method].count.Add(1)
	err := x.route.client.failed(&x.Outcome, last, x.unanswered)
	err.unsent = !x.connected
	return err
}

// recalled returns the answer with which the hook goes on although it has failed.
func (x *exchange) recalled(fault *failure, last *attempt) (answer []byte, ok bool) {
	if fault == nil || last == nil || x.answered || !fault.unanswered(last) {
		return nil, false
	}
	f, key, ok := x.fallback()
	switch {
	case !ok:
		return nil, false
	case f.Everybody:
		answer = []byte("{}")
	default:
		if answer, ok = x.route.client.known.Get(key, f.Known); !ok {
			return nil, false
		}
	}
	return answer, true
}

// remember keeps an answer that allows, unless the backend has denied the same since the hook
// began.
func (x *exchange) remember(answer []byte, begun time.Time) {
	if x.Fallback || x.route.client.opts.fallbacks == nil {
		return
	}
	f, key, ok := x.fallback()
	if !ok || f.Everybody {
		return
	}
	if _, denied := x.route.client.denied.Get(key, time.Since(begun)); !denied {
		x.route.client.known.Put(key, idPaths().Without(answer))
	}
}

// forget has somebody known no more.
func (x *exchange) forget() {
	if f, key, ok := x.fallback(); ok && !f.Everybody {
		x.route.client.denied.Put(key, nil)
		x.route.client.known.Drop(key)
	}
}

// idPaths are the fields that differ from hook to hook. They belong neither to a question nor
// to its answer.
func idPaths() jsontext.Paths {
	return jsontext.NewPaths([]string{"nodeId", "sessionId", "mediaSessionId", "callId", "authToken"})
}

// unanswered reports whether nobody has answered.
func (f *failure) unanswered(last *attempt) bool {
	switch f.kind {
	case faultUnreachable, faultNoAnswer, faultTimeout:
		return true
	case faultCanceled:
		return errors.Is(f.err, context.DeadlineExceeded)
	case faultStatus:
		return last != nil && busy(last.Status)
	}
	return false
}

// FallbackCount is how often the fallback of a hook has allowed.
type FallbackCount struct {
	Hook  string
	Count uint64
}

// fallbackCounts are the counts of all hooks with a fallback, by name.
func (o *options) fallbackCounts() []FallbackCount {
	var all []FallbackCount
	for name, f := range o.fallbacks {
		all = append(all, FallbackCount{name, f.count.Load()})
	}
	slices.SortFunc(all, func(a, b FallbackCount) int { return strings.Compare(a.Hook, b.Hook) })
	return all
}

// logFallback writes the line of a hook that was allowed although nobody answered.
func (c *Client) logFallback(ctx context.Context, err *Error) {
	c.opts.logger.LogAttrs(ctx, slog.LevelWarn, "fallback",
		slog.String("hook", err.Hook), slog.String("app", err.App), slog.String("session", err.Session), slog.String("id", err.ID),
		slog.String("url", err.URL), slog.Int("attempts", err.Attempts), slog.Int("status", err.Status), slog.String("kind", string(err.Kind)), slog.Any("error", err.Err))
}
