package peer

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	const fasthttp = "github.com/valyala/fasthttp." // whose cleaners end in their own time, and its clock never
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(fasthttp+"updateServerDate.func1"),
		goleak.IgnoreAnyFunction(fasthttp+"(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction(fasthttp+"(*TCPDialer).tcpAddrsClean"),
		goleak.IgnoreAnyFunction(fasthttp+"(*Client).mCleaner"),
		goleak.IgnoreAnyFunction(fasthttp+"(*HostClient).connsCleaner"))
}

// recorder answers with one text, and keeps what was posted.
type recorder struct {
	status int
	answer string

	mu   sync.Mutex
	seen []request
}

type request struct{ method, path, kind, body string }

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, request{req.Method, req.URL.Path, req.Header.Get("Content-Type"), string(body)})
	w.Header().Set("Content-Type", "application/json") // resty decodes nothing else
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

// only is the one request that there was.
func (r *recorder) only(t *testing.T) request {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Len(t, r.seen, 1)
	one := r.seen[0]
	r.seen = nil
	return one
}

// renamed is an answer whose name and createDate differ from the payload's.
const renamed = `{"name":"another","createDate":7}`

// open opens a contestant at a recorder.
func open(t *testing.T, e Entry, status int, answer string) (Contestant, *recorder) {
	t.Helper()
	r := &recorder{status: status, answer: answer}
	server := httptest.NewServer(r)
	c, err := e.Open(Target{URL: server.URL + "/app", Workers: 2})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, c.Close())
		server.CloseClientConnections()
		server.Close()
	})
	return c, r
}

// each runs a test for every contestant.
func each(t *testing.T, test func(*testing.T, Entry)) {
	t.Helper()
	for _, e := range All() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

func isLiveKit(e Entry) bool { return strings.HasPrefix(e.Name, "LiveKit") }

func TestContestantsPostTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e Entry) {
		c, r := open(t, e, http.StatusOK, renamed)
		require.NoError(t, c.Send(t.Context(), 1))
		got := r.only(t)
		assert.Equal(t, http.MethodPost, got.method)
		assert.Equal(t, "/app/StreamStatusEvent", got.path)
		if isLiveKit(e) {
			assert.Contains(t, got.body, `"track_published"`)
			assert.InDelta(t, 600, len(got.body), 100)
			return
		}
		assert.True(t, strings.HasPrefix(got.kind, "application/json"), got.kind)
		want, err := json.Marshal(payload(1))
		require.NoError(t, err)
		assert.JSONEq(t, string(want), got.body)
		assert.InDelta(t, 600, len(got.body), 100)
	})
}

// A second hook is written anew, and goes to the worker's own session.
func TestContestantsEncodeEveryHook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e Entry) {
		c, r := open(t, e, http.StatusOK, renamed)
		require.NoError(t, c.Send(t.Context(), 0))
		first := r.only(t).body
		if !rename(c, 0, "moved-on") {
			require.NotContains(t, e.Does, "encoding/json", "nothing to rename: not encoded")
			require.False(t, e.Decodes)
			return
		}
		require.NoError(t, c.Send(t.Context(), 0))
		assert.Equal(t, strings.ReplaceAll(first, "conference-42/camera-7", "moved-on"), r.only(t).body)
	})
}

// rename changes the payload of a worker, where there is one.
func rename(c Contestant, worker int, name string) bool {
	switch c := c.(type) {
	case *hooks:
		c.sent[worker].Name = name
	case *events:
		c.sent[worker].Name = name
	case interface{ plain() *plainWorkers }:
		c.plain().sent[worker].Name = name
	default:
		return false
	}
	return true
}

func (p *plainWorkers) plain() *plainWorkers { return p }

func TestContestantsDecodeWhatTheyClaim(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e Entry) {
		c, _ := open(t, e, http.StatusOK, renamed)
		require.NoError(t, c.Send(t.Context(), 0))
		name, created := taken(c, 0)
		switch {
		case !e.Decodes:
			assert.NotEqual(t, "another", name)
		case strings.Contains(e.Name, "5 fields"):
			assert.Equal(t, "another", name)
			assert.EqualValues(t, 1795456800123, created, "not among the five")
		default:
			assert.Equal(t, "another", name)
			assert.EqualValues(t, 7, created)
		}
	})
}

// taken is what the last answer of a worker came to.
func taken(c Contestant, worker int) (name string, created int64) {
	switch c := c.(type) {
	case *hooks:
		return c.taken[worker].Name, int64(c.taken[worker].CreateDate)
	case interface{ plain() *plainWorkers }:
		return c.plain().taken[worker].Name, c.plain().taken[worker].CreateDate
	}
	return "", 0
}

// A refused hook is an error, also where the policy is to go on: a round of
// failures would otherwise look quick. LiveKit's notifiers do not look at it.
func TestContestantsReportARefusal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e Entry) {
		c, _ := open(t, e, http.StatusForbidden, "wrong token")
		err := c.Send(t.Context(), 0)
		if isLiveKit(e) {
			assert.NoError(t, err)
			return
		}
		assert.Error(t, err)
	})
}

func TestSessionsAreVisitedInTurn(t *testing.T) {
	t.Parallel()
	r := &recorder{status: http.StatusOK, answer: renamed}
	server := httptest.NewServer(r)
	defer server.Close()
	s, err := OpenSessions(Target{URL: server.URL, Workers: 1}, 3)
	require.NoError(t, err)
	require.NoError(t, s.Fill())
	seen := map[string]bool{}
	for range 3 {
		require.NoError(t, s.Send(t.Context(), 0))
		var posted Stream
		require.NoError(t, json.Unmarshal([]byte(r.only(t).body), &posted))
		seen[posted.SessionID] = true
	}
	assert.Len(t, seen, 3)
	assert.NoError(t, s.Close())
}

func TestNamedFindsAndComplains(t *testing.T) {
	t.Parallel()
	entries, err := Named(Event, Floor)
	require.NoError(t, err)
	assert.Equal(t, []string{Event, Floor}, []string{entries[0].Name, entries[1].Name})
	_, err = Named("nobody")
	assert.ErrorContains(t, err, `"nobody"`)
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range All() {
		assert.False(t, seen[e.Name], e.Name)
		seen[e.Name] = true
		assert.NotEmpty(t, e.Does)
	}
	_, err := Named(Floor, Decoded, NotifyRule, Event, LiveKit, LiveKitRes)
	assert.NoError(t, err, "the rows that are judged")
}
