package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
)

// Wrap returns middleware for a [Mux], or for any other handler of hooks. It authenticates
// the sender, as the options say; reads the hook, up to a limit; answers a repeat as the
// first one was answered (see [WithRepeats]), even if the connection of the first one was
// lost; and logs. Hooks that fail a check are refused before their payload is parsed. The
// answers of next are kept in memory until they are complete: next cannot stream or hijack.
//
// All faults of the options are reported together, in an error that matches
// [resthook.ErrConfig]. The handler is safe for concurrent use and has no goroutine.
func Wrap(next http.Handler, opts ...Option) (http.Handler, error) {
	o, err := newOptions(opts)
	if next == nil {
		err = errors.Join(err, fmt.Errorf("%w: no handler to wrap", resthook.ErrConfig))
	}
	if err != nil {
		return nil, err
	}
	return &guard{next: next, limit: o.limit, checks: o.checks(), repeats: o.memory(), logger: o.logger}, nil
}

// guard is the handler that Wrap returns.
type guard struct {
	next    http.Handler
	limit   int64
	checks  []check
	repeats *repeats     // nil: each hook is new
	logger  *slog.Logger // nil: nothing is logged
}

// ServeHTTP answers one hook.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	d := &delivery{Delivery: describe(r)}
	a := g.answer(r, d)
	g.note(r, d, a.status, time.Since(begun))
	a.writeTo(w)
}

func (g *guard) answer(r *http.Request, d *delivery) *answer {
	if err := g.admit(r, d); err != nil {
		d.fail(err)
		return refused(err)
	}
	if g.repeats == nil || d.ID == "" {
		return g.ask(r, d)
	}
	return g.repeats.answer(r, d, func() *answer {
		ctx, cancel := outliving(r.Context())
		defer cancel()
		return g.ask(r.WithContext(ctx), d)
	})
}

// handlingTime is how long a handler may take for a hook whose answer is remembered:
// longer than a media server waits.
const handlingTime = time.Minute

// outliving is the context of a request that does not end when the media server's
// connection is lost, so that the repeat gets the answer.
func outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), handlingTime)
	serving, ok := ctx.Value(servingKey{}).(context.Context)
	if !ok {
		return longer, cancel
	}
	stop := context.AfterFunc(serving, cancel)
	return longer, func() {
		stop()
		cancel()
	}
}

// admit authenticates the sender and reads the hook.
func (g *guard) admit(r *http.Request, d *delivery) (err error) {
	if r.Method != http.MethodPost {
		return &refusal{http.StatusMethodNotAllowed, "a hook is a POST"}
	}
	var verifies []verify
	for _, check := range g.checks {
		v, err := check(r.Header)
		if err != nil {
			return err
		}
		if v != nil {
			verifies = append(verifies, v)
		}
	}
	if d.body, err = readBody(r, g.limit); err != nil {
		return err
	}
	for _, v := range verifies {
		if err := v(d.body); err != nil {
			return err
		}
	}
	if err := checkBody(d.body); err != nil {
		return err
	}
	d.Session = sessionOf(d.body)
	return nil
}

// ask calls the handler.
func (g *guard) ask(r *http.Request, d *delivery) (a *answer) {
	a = newAnswer()
	if g.logger != nil {
		defer func() {
			if cause := recover(); cause != nil {
				a = refused(d.failed(cause))
			}
		}()
	}
	g.next.ServeHTTP(a, d.with(r))
	a.WriteHeader(http.StatusOK)
	return a
}

// notAwaited is the answer to a repeat whose sender stopped waiting for the first one.
func notAwaited(ctx context.Context, d *delivery) *answer {
	d.fail(context.Cause(ctx))
	return refused(&refusal{http.StatusServiceUnavailable, "the first of these is still being handled"})
}
