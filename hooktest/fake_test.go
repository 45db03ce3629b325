package hooktest_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeTB records the failures of a test that must fail.
type fakeTB struct {
	testing.TB

	mu       sync.Mutex
	texts    []string
	cleanups []func()
	over     bool
}

func newFakeTB(t *testing.T) *fakeTB {
	t.Helper()
	f := &fakeTB{TB: t}
	t.Cleanup(f.end)
	return f
}

func (f *fakeTB) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
	if f.over {
		f.TB.Errorf("a failure after the end of the test: "+format, args...)
	}
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fakeTB) Cleanup(c func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cleanups = append(f.cleanups, c)
}

// end ends the test: it runs the cleanups, the last one first.
func (f *fakeTB) end() {
	for {
		f.mu.Lock()
		n := len(f.cleanups)
		if n == 0 {
			f.over = true
			f.mu.Unlock()
			return
		}
		last := f.cleanups[n-1]
		f.cleanups = f.cleanups[:n-1]
		f.mu.Unlock()
		last()
	}
}

func (f *fakeTB) failures() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.texts)
}

// fails runs a function that may end the test.
func (f *fakeTB) fails(run func()) {
	var own sync.WaitGroup
	own.Go(run)
	own.Wait()
}

// wantFailure checks that there is one failure, with exactly this text. The lines of
// want are indented as the test's source is.
func (f *fakeTB) wantFailure(t *testing.T, want string) {
	t.Helper()
	require.Len(t, f.failures(), 1)
	assert.Equal(t, unindent(want), f.failures()[0])
}

func unindent(text string) string {
	text = strings.TrimLeft(text, "\n")
	margin := text[:len(text)-len(strings.TrimLeft(text, "\t"))]
	return strings.TrimRight(strings.ReplaceAll(strings.TrimPrefix(text, margin), "\n"+margin, "\n"), "\n\t")
}

// hook is a request as a client of the protocol sends it.
type hook struct {
	name, session, status, id string
	sequence                  int
}

// send posts hooks one after the other. It may be called on any goroutine.
func send(t *testing.T, client *http.Client, url string, hooks ...hook) {
	t.Helper()
	for _, h := range hooks {
		body := fmt.Sprintf(`{"sessionId":%q,"status":%q}`, h.session, h.status)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/rest/"+h.name, strings.NewReader(body))
		if !assert.NoError(t, err) {
			return
		}
		if h.id != "" {
			request.Header.Set("Webhook-Id", h.id)
		}
		if h.sequence > 0 {
			request.Header.Set("Resthook-Sequence", strconv.Itoa(h.sequence))
		}
		_, err = transmit(client, request)
		assert.NoError(t, err)
	}
}
