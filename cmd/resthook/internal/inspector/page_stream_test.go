package inspector

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// watched is a server in a bubble, on a network in memory.
type watched struct {
	page   *inspector
	client *http.Client
	url    string
	open   []io.Closer // pages, until the server has ended
}

// watch starts a server that ends with the test's bubble.
func watch(t *testing.T, rules Rules) *watched {
	t.Helper()
	network := hooktest.NewNetwork()
	listener := network.Listen()
	logger := log.New(io.Discard, "", 0)
	page := newInspector(Options{Path: "/", Rules: rules, Log: logger})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, page, logger) }()
	transport := &http.Transport{DialContext: network.DialContext}
	w := &watched{page: page, client: &http.Client{Transport: transport}, url: "http://" + listener.Addr().String()}
	t.Cleanup(func() {
		begun := time.Now()
		cancel()
		assert.NoError(t, <-ended)
		assert.Less(t, time.Since(begun), shutdownTime, "an open page holds the end up")
		for _, page := range w.open {
			_ = page.Close()
		}
		transport.CloseIdleConnections()
	})
	return w
}

// hook sends a hook and returns the status.
func (w *watched) hook(t testing.TB, body string) int {
	t.Helper()
	resp, err := w.client.Post(w.url+"/call", "application/json", strings.NewReader(body)) //nolint:noctx // the bubble ends it
	require.NoError(t, err)
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// listener is a page that is open.
type listener struct {
	lines *bufio.Reader
	body  io.ReadCloser
}

// event is what a page hears.
type event struct {
	id, name, data string
}

func (w *watched) listen(t *testing.T, last string) *listener {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // the page is open until the server has ended
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/-/events", nil)
	require.NoError(t, err)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := w.client.Do(req) //nolint:bodyclose // closed when the server has ended
	require.NoError(t, err)
	w.open = append(w.open, resp.Body)
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &listener{lines: bufio.NewReader(resp.Body), body: resp.Body}
}

// next is the next event; one without a name is a heartbeat.
func (l *listener) next(t testing.TB) (e event) {
	t.Helper()
	for {
		line, err := l.lines.ReadString('\n')
		require.NoError(t, err)
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			return e
		}
	}
}

// heard is what an event of the kind hooks tells.
type heardHooks struct {
	Anew  bool
	LetGo int
	Hooks []hookView
}

// hooks waits for an event that tells of hooks.
func (l *listener) hooks(t testing.TB) (heardHooks, string) {
	t.Helper()
	for {
		e := l.next(t)
		if e.name != "hooks" {
			continue
		}
		var heard heardHooks
		require.NoError(t, json.Unmarshal([]byte(e.data), &heard))
		return heard, e.id
	}
}

func TestEventsTellOfHooksAndRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, Rules{"call": {drop: true}})
		page := w.listen(t, "")
		assert.Equal(t, event{}, page.next(t)) // retry
		state := page.next(t)
		assert.Equal(t, "state", state.name)
		assert.Contains(t, state.data, `"path":"/"`)
		rules := page.next(t)
		assert.Equal(t, "rules", rules.name)
		assert.Contains(t, rules.data, `{"method":"call","break":true}`)
		none, _ := page.hooks(t)
		assert.True(t, none.Anew)
		assert.Empty(t, none.Hooks)

		require.NoError(t, w.page.rules.set("call", []byte(`{"deny":"x"}`)))
		assert.Contains(t, page.next(t).data, `"deny":"x"`)
		begun := time.Now()
		assert.Equal(t, 403, w.hook(t, `{"sessionId":"s"}`))
		told, _ := page.hooks(t)
		assert.Less(t, time.Since(begun), time.Second)
		assert.Equal(t, []hookView{{Number: 1, Time: begun.UnixMicro(), Method: "call", Session: "s", Status: 403}}, told.Hooks)
		assert.False(t, told.Anew)
	})
}

// A burst becomes a few events, and none is larger than a batch.
func TestEventsComeInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		page := w.listen(t, "")
		page.hooks(t)
		for second := range batch + 10 {
			w.page.journal.add(came(second, "s", ""))
		}
		var sizes []int
		for total := 0; total < batch+10; total += sizes[len(sizes)-1] {
			told, _ := page.hooks(t)
			sizes = append(sizes, len(told.Hooks))
		}
		assert.Contains(t, sizes, batch)
		assert.LessOrEqual(t, len(sizes), 4)
	})
}

func TestEventsGoOnWhereThePageWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		w.hook(t, `{"sessionId":"1"}`)
		page := w.listen(t, "")
		_, id := page.hooks(t)
		page.body.Close()
		w.hook(t, `{"sessionId":"2"}`)
		told, next := w.listen(t, id).hooks(t)
		assert.False(t, told.Anew)
		require.Len(t, told.Hooks, 1)
		assert.Equal(t, "2", told.Hooks[0].Session)
		for _, last := range []string{"nonsense", "another.1", strings.Replace(next, ".2", ".3", 1), ".", "\U0001F600.1"} {
			told, _ = w.listen(t, last).hooks(t)
			assert.True(t, told.Anew, last)
			assert.Len(t, told.Hooks, 2, last)
		}
		w.page.journal.clear()
		told, _ = w.listen(t, next).hooks(t)
		assert.True(t, told.Anew)
		assert.Empty(t, told.Hooks)
	})
}

// A page that takes nothing in holds no hook up; it hears of what is kept.
func TestSlowPageHoldsNoHookUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		page := w.listen(t, "")
		page.hooks(t)
		begun := time.Now()
		long := strings.Repeat("x", 200)
		for second := range 3 * journalHooks { // many times what the connection buffers
			w.page.journal.add(came(second, long, ""))
		}
		assert.Equal(t, 200, w.hook(t, "{}"))
		assert.Zero(t, time.Since(begun))
		seen, letGo := 0, 0
		for last := uint64(0); last < 3*journalHooks+1; {
			told, _ := page.hooks(t)
			seen += len(told.Hooks)
			letGo = told.LetGo
			last = told.Hooks[len(told.Hooks)-1].Number
		}
		assert.Equal(t, 2*journalHooks+1, letGo)
		assert.LessOrEqual(t, seen, journalHooks+3*batch)
	})
}

func TestEventsOutliveTheServersTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		page := w.listen(t, "")
		page.hooks(t)
		assert.Equal(t, event{}, page.next(t))
		for range 10 {
			begun := time.Now()
			assert.Equal(t, event{}, page.next(t))
			assert.Equal(t, heartbeat, time.Since(begun))
		}
		w.hook(t, `{"sessionId":"late"}`)
		told, _ := page.hooks(t)
		assert.Equal(t, "late", told.Hooks[0].Session)
	})
}

func TestPageThatReadsNothingIsLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		page := w.listen(t, "")
		for second := range journalHooks {
			w.page.journal.add(came(second, strings.Repeat("x", 200), ""))
		}
		time.Sleep(pageTime + time.Second)
		_, err := io.ReadAll(page.body) // what was on its way, and no more
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

// A rule set later may delay for longer than the server gives other hooks. A
// hook is answered under the rules of its beginning.
func TestDelayMayBeLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, nil)
		require.NoError(t, w.page.rules.set("*", []byte(`{"delay":"1h"}`)))
		begun := time.Now()
		time.AfterFunc(time.Minute, func() { _ = w.page.rules.replace([]byte(`{"*":{"deny":"x"}}`)) })
		assert.Equal(t, 200, w.hook(t, "{}"))
		assert.Equal(t, time.Hour, time.Since(begun))
		assert.Equal(t, 403, w.hook(t, "{}"))
	})
}
