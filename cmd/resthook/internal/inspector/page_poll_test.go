package inspector

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPollTellsWhatIsNew(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"deny":"no"}}`, Options{Command: "serve"})
	first := page[news](t, s, http.MethodGet, "/-/poll", "")
	assert.True(t, first.Anew)
	assert.Equal(t, "connect", first.Methods[0].Name)
	assert.Contains(t, first.Methods[0].Fields, "restClientConfig")
	assert.Equal(t, []any{"serve", "/apps/x", journalHooks, false}, []any{first.Command, first.Path, first.Kept, first.Signing})
	require.NotNil(t, first.Rules)
	assert.Equal(t, "call", first.Rules.Rules[0].Method)
	assert.Empty(t, first.Hooks)

	s.hook(t, "call", `{"sessionId":"s"}`)
	ask := fmt.Sprintf("/-/poll?run=%s&after=0&rules=%d", first.Run, first.Rules.Edition)
	second := page[news](t, s, http.MethodGet, ask, "")
	assert.False(t, second.Anew)
	assert.Nil(t, second.Rules, "the page has these")
	assert.Empty(t, second.Methods)
	assert.Equal(t, first.Server, second.Server)
	require.Len(t, second.Hooks, 1)

	require.NoError(t, s.rules.replace([]byte("{}")))
	third := page[news](t, s, http.MethodGet, strings.Replace(ask, "after=0", "after=1", 1), "")
	assert.Empty(t, third.Hooks)
	require.NotNil(t, third.Rules)
	assert.Empty(t, third.Rules.Rules)

	assert.Equal(t, http.StatusNoContent, s.ask(t, http.MethodDelete, s.root+"/-/run", "").code)
	fourth := page[news](t, s, http.MethodGet, ask, "")
	assert.True(t, fourth.Anew)
	assert.NotEqual(t, first.Run, fourth.Run)
	assert.Equal(t, first.Server, fourth.Server, "cleared, not started again")
}

func TestPollIsReadInParts(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{Keep: 700})
	for n := range 800 {
		s.journal.end(*came(n, "s", ""))
	}
	first := page[news](t, s, http.MethodGet, "/-/poll", "")
	assert.Equal(t, []any{500, true, uint64(100), 700, uint64(101)},
		[]any{len(first.Hooks), first.More, first.LetGo, first.Kept, first.Hooks[0].Number})
	second := page[news](t, s, http.MethodGet, "/-/poll?run="+first.Run+"&after=600", "")
	assert.Equal(t, []any{200, false}, []any{len(second.Hooks), second.More})
	for _, odd := range []string{"run=x&after=1", "run=" + first.Run + "&after=99999", "run=" + first.Run + "&after=x", "run=" + first.Run + "&after=-1"} {
		assert.True(t, page[news](t, s, http.MethodGet, "/-/poll?"+odd, "").Anew, odd)
	}
}

func TestHookIsSeenWhileItIsUnderWay(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"delay":"1h"}}`, Options{})
	done := make(chan answer, 1)
	go func() {
		done <- s.try(t.Context(), http.MethodPost, s.URL+"/call", `{"sessionId":"s","callee":"1001"}`)
	}()
	var n news
	for len(n.Pending) == 0 {
		time.Sleep(time.Millisecond)
		n = page[news](t, s, http.MethodGet, "/-/poll", "")
	}
	under := n.Pending[0]
	assert.Equal(t, []any{uint64(0), "call", "1001", "s", "call", "", 0}, []any{
		under.Number, under.Method, under.Name, under.Session, under.Rule, under.Result, under.Code,
	})
	s.client.CloseIdleConnections()
	s.hook(t, "answer", "{}")
	assert.Len(t, page[news](t, s, http.MethodGet, "/-/poll", "").Pending, 1, "others go past it")

	other := open(t, `{"call":{"delay":"50ms"}}`, Options{})
	go func() { done <- other.try(t.Context(), http.MethodPost, other.URL+"/call", "{}") }()
	require.Equal(t, http.StatusOK, (<-done).code)
	over := page[news](t, other, http.MethodGet, "/-/poll", "")
	assert.Empty(t, over.Pending)
	assert.GreaterOrEqual(t, over.Hooks[0].Took, 50.0)
}

func TestManyUnderWayAreCounted(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	var last *exchange
	for n := range 130 {
		last = came(n, "s", "")
		s.journal.begin(last)
	}
	n := page[news](t, s, http.MethodGet, "/-/poll", "")
	assert.Equal(t, []any{100, 30}, []any{len(n.Pending), n.PendingMore})
	assert.NotEqual(t, n.Pending[0].Key, n.Pending[1].Key)
	s.journal.end(*last)
	n = page[news](t, s, http.MethodGet, "/-/poll", "")
	assert.Equal(t, []any{100, 29, last.key}, []any{len(n.Pending), n.PendingMore, n.Hooks[0].Key})
}

// Polls never delay a hook, however many tabs there are and whatever they ask.
func TestPollsHoldNothingUp(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	done := make(chan bool)
	for range 8 {
		go func() {
			for range 20 {
				s.try(t.Context(), http.MethodGet, s.root+"/-/poll", "")
			}
			done <- true
		}()
	}
	for range 20 {
		assert.Equal(t, http.StatusOK, s.hook(t, "call", "{}").code)
	}
	for range 8 {
		<-done
	}
	assert.Len(t, s.rows(t), 20)
}
