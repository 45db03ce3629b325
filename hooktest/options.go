package hooktest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Strict fails the test when a hook comes for which [On] was not called and that is not
// among the allowed ones, which are mirrored. It also fails for a request that is not a
// hook: not a POST of one JSON object. The request is answered nevertheless. Missing hooks
// are found by [Backend.AssertSequence] and [Await].
func Strict(allowed ...string) Option {
	return func(b *Backend) {
		b.strict = true
		for _, hook := range allowed {
			b.On(hook)
		}
	}
}

// Within sets how long a wait may take if its context has no deadline.
func Within(d time.Duration) Option {
	return func(b *Backend) { b.limit = d }
}

// check reports a request that a strict backend did not expect. It runs on the connection's
// goroutine, which ends before the test does.
func (b *Backend) check(r Request) {
	if !b.strict {
		return
	}
	switch err := jsontext.Check(r.Body); {
	case r.Method != http.MethodPost:
		path := cut(r.Path, longText)
		b.t.Errorf("hooktest: not a hook (-want +got):\n  - POST %s\n  + %s %s", path, cut(r.Method, longName), path)
	case err != nil:
		b.t.Errorf("hooktest: not a hook: %s: %v:\n  + %q", cut(r.Path, longText), err, cut(string(r.Body), 200))
	case b.scriptOf(r.Hook) == nil:
		b.t.Errorf("hooktest: unexpected hook (-want +got):\n  - %s\n  + %s\n%s",
			b.expected(), r, excerpt(pretty(r.Body)))
	}
}

func (b *Backend) expected() string {
	b.routes.Lock()
	defer b.routes.Unlock()
	hooks := slices.Sorted(maps.Keys(b.byHook))
	switch len(hooks) {
	case 0:
		return "no hook"
	case 1:
		return hooks[0]
	}
	return "one of " + strings.Join(hooks, ", ")
}

// named is what a wait for n requests waits for.
func named(n int, hooks []string) string {
	if len(hooks) == 0 {
		return counted(n, "request")
	}
	return fmt.Sprintf("%s of %s", counted(n, "request"), strings.Join(hooks, ", "))
}
