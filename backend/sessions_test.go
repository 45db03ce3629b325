package backend_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

const (
	nodeA = "aaaa@10.0.0.1"
	nodeB = "bbbb@10.0.0.2"
)

// presence is a registry of sessions behind a mux that denies the login "eve".
type presence struct {
	*backend.Sessions

	t   *testing.T
	mux *backend.Mux
}

func newPresence(t *testing.T, limit int) *presence {
	t.Helper()
	p := &presence{backend.NewSessions(limit), t, backend.NewMux()}
	backend.Handle(p.mux, resthook.Connect, p.OnConnect(func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Login == "eve" {
			return nil, backend.Deny("not you")
		}
		return nil, nil
	}))
	backend.Handle(p.mux, resthook.ConnectionStatusEvent, p.OnStatus(nil))
	return p
}

// stamp holds the headers that a media server sends with a hook: id, second and
// sequence.
type stamp struct {
	id       string
	second   int
	sequence int
}

func (s stamp) header() []string {
	if s.second == 0 {
		return nil // like a media server that sends none
	}
	header := []string{"Webhook-Id", s.id, "Webhook-Timestamp", strconv.Itoa(1_795_456_800 + s.second)}
	if s.sequence > 0 {
		header = append(header, "Resthook-Sequence", strconv.Itoa(s.sequence))
	}
	return header
}

func (p *presence) connect(node, session string, s stamp) {
	p.t.Helper()
	p.hook("connect", &resthook.Connection{NodeID: node, SessionID: session}, s)
}

func (p *presence) event(node, session string, status resthook.ConnectionStatus, s stamp) {
	p.t.Helper()
	p.hook("ConnectionStatusEvent", &resthook.Connection{NodeID: node, SessionID: session, Status: status}, s)
}

func (p *presence) hook(method string, conn *resthook.Connection, s stamp) {
	p.t.Helper()
	body, err := json.Marshal(conn)
	require.NoError(p.t, err)
	assert.Equal(p.t, http.StatusOK, send(p.t, p.mux, "/"+method, strings.NewReader(string(body)), s.header()...).Code)
}

// ids are the ids of the sessions, sorted.
func (p *presence) ids() []string {
	var ids []string
	for session := range p.All() {
		ids = append(ids, session.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPresence(t, 0)
		begun := time.Now()
		p.hook("connect", &resthook.Connection{
			NodeID: nodeA, AppKey: "chat", SessionID: "s1", Login: "alice", Custom: map[string]any{"room": json.Number("7")},
		}, stamp{})
		time.Sleep(time.Second)
		p.hook("connect", &resthook.Connection{NodeID: nodeB, SessionID: "s1"}, stamp{})
		post(t, p.mux, "/connect", `{"sessionId":"s3","login":"eve"}`)

		got, ok := p.Get(nodeA, "s1")
		require.True(t, ok)
		assert.Equal(t, backend.Session{
			Node: nodeA, App: "chat", ID: "s1", Login: "alice", Custom: map[string]any{"room": json.Number("7")}, Since: begun,
		}, got)
		_, ok = p.Get("", "s3")
		assert.False(t, ok, "eve was not let in")
		assert.Equal(t, 2, p.Len())
		assert.Len(t, slices.Collect(p.All()), 2)
		assert.Equal(t, []backend.Session{got}, slices.Collect(p.Of("chat")))
		assert.Equal(t, []backend.Session{{Node: nodeB, App: "defaultApp", ID: "s1", Since: begun.Add(time.Second)}}, slices.Collect(p.Of("defaultApp")))
		assert.Len(t, slices.Collect(p.Of("")), 1, "a hook without an appKey is of defaultApp")
		assert.Empty(t, slices.Collect(p.Of("other")))

		p.event(nodeA, "s1", resthook.ConnectionDisconnected, stamp{})
		_, ok = p.Get(nodeA, "s1")
		assert.False(t, ok)
		_, ok = p.Get(nodeB, "s1")
		assert.True(t, ok, "the same session id on another node is another session")
		p.event(nodeB, "s1", resthook.ConnectionFailed, stamp{})
		assert.Zero(t, p.Len())
	})
}

// The backend's answer may change the login and custom of a session, but not its node,
// app and id.
func TestSessionAsAdmitted(t *testing.T) {
	t.Parallel()
	sessions := backend.NewSessions(0)
	answers := map[string]*resthook.Connection{
		"partial": {Login: "alice"},
		"custom":  {Custom: map[string]any{"user": json.Number("7")}},
		"forged":  {NodeID: "n", AppKey: "a", SessionID: "s", Login: "alice"},
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, sessions.OnConnect(func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if answer, ok := answers[c.SessionID]; ok {
			return answer, nil
		}
		c.NodeID, c.AppKey, c.SessionID, c.Login = "n", "a", "s", "alice"
		return c, nil
	}))
	for _, id := range []string{"partial", "custom", "forged", "written"} {
		post(t, mux, "/connect", `{"nodeId":"`+nodeA+`","appKey":"chat","sessionId":"`+id+`","login":"bob","custom":{"token":"t"}}`)
		got, ok := sessions.Get(nodeA, id)
		require.True(t, ok, id)
		got.Since = time.Time{}
		want := backend.Session{Node: nodeA, App: "chat", ID: id, Login: "alice", Custom: map[string]any{"token": "t"}}
		if id == "custom" {
			want.Login, want.Custom = "bob", map[string]any{"user": json.Number("7")}
		}
		assert.Equal(t, want, got)
	}
	post(t, mux, "/connect", `{"nodeId":"`+nodeA+`","sessionId":"custom","login":"`+strings.Repeat("x", 1025)+`"}`)
	got, _ := sessions.Get(nodeA, "custom")
	assert.Empty(t, got.Login)

	answers["custom"].Custom = map[string]any{"user": strings.Repeat("x", 4<<10)}
	post(t, mux, "/connect", `{"nodeId":"`+nodeA+`","sessionId":"custom"}`)
	got, _ = sessions.Get(nodeA, "custom")
	assert.Nil(t, got.Custom)
}

// Hooks may come twice, late and out of order. Each line is a hook, and whether the
// client is connected after it.
func TestOrderOfSessions(t *testing.T) {
	t.Parallel()
	const (
		connect = resthook.ConnectionStatus("connect")
		up      = resthook.ConnectionEstablished
		down    = resthook.ConnectionDisconnected
	)
	type step struct {
		what resthook.ConnectionStatus
		stamp
		there bool
	}
	for name, steps := range map[string][]step{
		"as it should be": {
			{connect, stamp{"c1", 1, 0}, true}, {up, stamp{"e1", 1, 1}, true}, {down, stamp{"e2", 9, 2}, false},
		},
		"within a second": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 1, 1}, false},
		},
		"a repeat of connect": {
			{connect, stamp{"c1", 1, 0}, true}, {connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 1}, false},
		},
		"a repeat of connect after the end": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 1}, false}, {connect, stamp{"c1", 1, 0}, false},
		},
		"a repeat of connect after an end within the second": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 1, 1}, false}, {connect, stamp{"c1", 1, 0}, false},
		},
		"a connect that comes after its own end": {
			{down, stamp{"e1", 9, 1}, false}, {connect, stamp{"c1", 1, 0}, false},
		},
		"the same within a second": {
			{down, stamp{"e1", 1, 1}, false}, {connect, stamp{"c1", 1, 0}, false},
		},
		"a repeat of the end": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 1}, false}, {down, stamp{"e1", 9, 1}, false}, {connect, stamp{"c1", 1, 0}, false},
		},
		"another connection with the same id": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 1}, false}, {connect, stamp{"c2", 20, 0}, true}, {down, stamp{"e2", 30, 1}, false},
		},
		"another connection within the second of the end": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 1}, false}, {connect, stamp{"c2", 9, 0}, true},
		},
		"the end of the earlier connection comes late": {
			{connect, stamp{"c1", 1, 0}, true}, {connect, stamp{"c2", 20, 0}, true}, {down, stamp{"e1", 9, 5}, true}, {down, stamp{"e2", 30, 1}, false},
		},
		"the connect of the earlier connection comes late": {
			{connect, stamp{"c2", 20, 0}, true}, {connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e1", 9, 5}, true}, {down, stamp{"e2", 30, 1}, false},
		},
		"the end overtakes a status": {
			{connect, stamp{"c1", 1, 0}, true}, {down, stamp{"e2", 1, 2}, false}, {up, stamp{"e1", 1, 1}, false},
		},
		"a later end of the same": {
			{down, stamp{"e2", 9, 2}, false}, {down, stamp{"e1", 5, 1}, false}, {connect, stamp{"c1", 7, 0}, false},
		},
		"a session that is resumed counts from 1 again": {
			{connect, stamp{"c1", 1, 0}, true}, {up, stamp{"e5", 2, 5}, true}, {down, stamp{"e1", 9, 1}, false},
		},
		"an end of another within the second": {
			{connect, stamp{"c1", 1, 0}, true}, {up, stamp{"e5", 1, 5}, true}, {down, stamp{"e1", 1, 3}, true},
		},
		"admitted before this process was there": {
			{up, stamp{"e1", 5, 1}, true}, {down, stamp{"e2", 9, 2}, false}, {connect, stamp{"c1", 5, 0}, false},
		},
		"its connect comes again": {
			{up, stamp{"e1", 5, 1}, true}, {connect, stamp{"c1", 5, 0}, true}, {down, stamp{"e2", 9, 2}, false},
		},
		"a clock that is set back before the end": {
			{connect, stamp{"c1", 20, 0}, true}, {down, stamp{"e1", 15, 1}, false},
		},
		"a clock that is set back after a status": {
			{connect, stamp{"c1", 20, 0}, true}, {up, stamp{"e1", 21, 1}, true}, {down, stamp{"e2", 16, 2}, false}, {up, stamp{"e1", 21, 1}, false},
		},
		"a clock that is set back, of a server that does not number": {
			{connect, stamp{"c1", 20, 0}, true}, {up, stamp{"e1", 21, 0}, true}, {down, stamp{"e2", 16, 0}, false},
		},
		"a session id used again after the clock was set back": {
			{connect, stamp{"c1", 20, 0}, true}, {down, stamp{"e1", 15, 1}, false}, {connect, stamp{"c2", 16, 0}, true}, {down, stamp{"e2", 18, 1}, false},
		},
		"a clock that was far ahead": {
			{connect, stamp{"c1", 900_000_000, 0}, true}, {up, stamp{"e1", 5, 1}, true}, {down, stamp{"e2", 9, 2}, false},
		},
		"ids tell: the clock is set back": {
			{connect, stamp{"B.1", 20, 0}, true}, {up, stamp{"B.1.1", 21, 1}, true}, {down, stamp{"B.1.2", 16, 2}, false}, {up, stamp{"B.1.1", 21, 1}, false}, {connect, stamp{"B.1", 20, 0}, false},
		},
		"ids tell: used again while the clock is set back": {
			{connect, stamp{"B.1", 20, 0}, true}, {down, stamp{"B.1.1", 21, 1}, false}, {connect, stamp{"B.2", 15, 0}, true}, {down, stamp{"B.1.1", 21, 1}, true}, {down, stamp{"B.2.1", 16, 1}, false},
		},
		"ids tell: connected again before the end, and the clock set back": {
			{connect, stamp{"B.9", 20, 0}, true}, {connect, stamp{"B.10", 15, 0}, true}, {up, stamp{"B.9.1", 21, 1}, true}, {down, stamp{"B.9.2", 22, 2}, true}, {connect, stamp{"B.9", 20, 0}, true}, {down, stamp{"B.10.1", 16, 1}, false},
		},
		"ids tell: an end that overtakes its connect, and the clock set back": {
			{down, stamp{"B.1.1", 15, 1}, false}, {connect, stamp{"B.1", 20, 0}, false}, {connect, stamp{"B.2", 16, 0}, true},
		},
		"ids tell: resumed while the clock is set back": {
			{connect, stamp{"B.1", 20, 0}, true}, {up, stamp{"B.1.5", 21, 5}, true}, {up, stamp{"C.1.1", 15, 1}, true}, {down, stamp{"C.1.2", 16, 2}, false},
		},
		"ids tell: the end of one that was resumed": {
			{connect, stamp{"B.1", 20, 0}, true}, {up, stamp{"B.1.5", 21, 5}, true}, {down, stamp{"B.7.1", 15, 1}, false}, {up, stamp{"B.1.6", 30, 6}, false},
		},
		"ids tell: a status that its connect comes after": {
			{up, stamp{"B.1.1", 20, 1}, true}, {connect, stamp{"B.1", 22, 0}, true}, {connect, stamp{"B.1", 22, 0}, true}, {down, stamp{"B.1.2", 16, 2}, false},
		},
		"ids tell: far in the future": {
			{connect, stamp{"B.1", 900_000_000, 0}, true}, {down, stamp{"B.1.1", 900_000_000, 1}, false}, {connect, stamp{"B.2", 5, 0}, true}, {down, stamp{"B.2.1", 6, 1}, false},
		},
		"ids that look as if they told": {
			{connect, stamp{"s.0", 20, 0}, true}, {up, stamp{"s.1", 15, 1}, true}, {down, stamp{"s.2", 16, 2}, false},
		},
		"a status that says nothing": {
			{resthook.ConnectionPending, stamp{"e1", 5, 1}, false}, {"OTHER", stamp{"e1", 5, 1}, false},
		},
		"without stamps": {
			{connect, stamp{}, true}, {up, stamp{}, true}, {down, stamp{}, false}, {up, stamp{}, false}, {connect, stamp{}, true}, {down, stamp{}, false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPresence(t, 0)
			for i, s := range steps {
				if s.what == connect {
					p.connect(nodeA, "s", s.stamp)
				} else {
					p.event(nodeA, "s", s.what, s.stamp)
				}
				_, there := p.Get(nodeA, "s")
				assert.Equal(t, s.there, there, "after step %d: %+v", i+1, s)
			}
		})
	}
}

// A hook cannot be later than a fixed limit. Past this limit a hook does not belong to
// an earlier session, whatever its time says.
func TestNoHookIsLaterThanItCanBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPresence(t, 0)
		there := func() bool { _, ok := p.Get(nodeA, "s"); return ok }
		p.connect(nodeA, "s", stamp{"c1", 1, 0})
		p.connect(nodeA, "s", stamp{"c2", 900_000_000, 0})
		time.Sleep(15 * time.Minute)
		p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"e1", 9, 1})
		assert.True(t, there())
		time.Sleep(time.Nanosecond)
		p.connect(nodeA, "s", stamp{"c3", 1000, 0})
		p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"e2", 1001, 1})
		assert.False(t, there())
	})
}

// The ids of two media servers cannot be compared.
func TestSessionsOfTwoNodes(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 0)
	p.connect(nodeA, "s", stamp{"B.9", 20, 0})
	p.connect(nodeB, "s", stamp{"B.3", 10, 0})
	p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"B.9.1", 1, 1})
	assert.Equal(t, 1, p.Len())
	p.event(nodeB, "s", resthook.ConnectionDisconnected, stamp{"B.3.1", 1, 1})
	assert.Zero(t, p.Len())
}

// An id is kept for each session, but not one that is too long.
func TestLongIDsAreNotKept(t *testing.T) { //nolint:paralleltest // it measures the heap
	const sessions = 50
	p := newPresence(t, 0)
	heap := func() (mem runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&mem)
		return mem
	}
	before := heap()
	long := strings.Repeat("x", 1<<20)
	for i := range sessions {
		p.connect(nodeA, fmt.Sprint(i), stamp{fmt.Sprint(long, i), 20, 0})
		p.event(nodeA, fmt.Sprint(i), resthook.ConnectionEstablished, stamp{fmt.Sprint(long, i, ".1"), 21, 1})
	}
	assert.Less(t, int64(heap().HeapAlloc)-int64(before.HeapAlloc), int64(20<<20))
	assert.Equal(t, sessions, p.Len())
	for i := range sessions {
		p.event(nodeA, fmt.Sprint(i), resthook.ConnectionDisconnected, stamp{fmt.Sprint(long, i, ".2"), 15, 2})
	}
	assert.Zero(t, p.Len())
}

// A signed event may have waited while the backend was down. Its order is given by the
// time when it was made, not by the time when it was sent.
func TestOrderOfSignedHooks(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 0)
	at := func(second int) string { return strconv.Itoa(1_795_456_800 + second) }
	post := func(method, id string, tried, made int) {
		send(t, p.mux, "/"+method, strings.NewReader(`{"nodeId":"`+nodeA+`","sessionId":"s","status":"DISCONNECTED"}`),
			"Webhook-Id", id, "Webhook-Timestamp", at(tried), "Resthook-Time", at(made), "Resthook-Sequence", "7")
	}
	post("connect", "c1", 1, 1)
	post("connect", "c2", 30, 30)
	post("ConnectionStatusEvent", "e1", 31, 10) // the backend was down in between
	assert.Equal(t, []string{"s"}, p.ids(), "the end of the earlier connection")
	post("ConnectionStatusEvent", "e2", 41, 40)
	assert.Empty(t, p.ids())
}

// The end of a session is remembered for as long as a hook can be late.
func TestEndIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPresence(t, 2)
		end := func(session string) { p.event(nodeA, session, resthook.ConnectionDisconnected, stamp{"e", 9, 1}) }
		late := func(session string) bool {
			p.connect(nodeA, session, stamp{"c", 1, 0})
			defer p.Remove(nodeA, session)
			_, there := p.Get(nodeA, session)
			return there
		}
		end("a")
		time.Sleep(15 * time.Minute)
		assert.False(t, late("a"))
		time.Sleep(time.Nanosecond)
		assert.True(t, late("a"))

		end("b")
		end("c")
		assert.False(t, late("b"))
		end("d") // the third, with room for two
		assert.False(t, late("c"))
		assert.False(t, late("d"))
		assert.True(t, late("b"))
	})
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 3)
	for _, id := range []string{"a", "b", "c"} {
		p.connect(nodeA, id, stamp{})
	}
	p.event(nodeA, "a", resthook.ConnectionEstablished, stamp{})
	p.connect(nodeA, "c", stamp{}) // c is in the registry already
	assert.Equal(t, []string{"a", "b", "c"}, p.ids())
	assert.Zero(t, p.Dropped())
	p.connect(nodeA, "d", stamp{})
	assert.Equal(t, []string{"a", "c", "d"}, p.ids(), "b was heard of longest ago")
	assert.EqualValues(t, 1, p.Dropped())
}

func TestForget(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 0)
	for _, id := range []string{"a", "b"} {
		p.connect(nodeA, id, stamp{"c" + id, 1, 0})
		p.connect(nodeB, id, stamp{"d" + id, 1, 0})
	}
	assert.Equal(t, 2, p.Forget(nodeA))
	assert.Zero(t, p.Forget(nodeA))
	assert.Zero(t, p.Forget("other"))
	assert.Equal(t, 2, p.Len())
	_, ok := p.Get(nodeB, "a")
	assert.True(t, ok)
	p.connect(nodeA, "a", stamp{"e", 1, 0})
	assert.Equal(t, 3, p.Len())

	assert.True(t, p.Remove(nodeA, "a"))
	assert.False(t, p.Remove(nodeA, "a"))
	assert.Equal(t, 2, p.Len())
}

// A session that the backend has dropped does not return with the next event.
func TestDroppedStaysDropped(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]func(*presence) bool{
		"removed":   func(p *presence) bool { return p.Remove(nodeA, "s") },
		"forgotten": func(p *presence) bool { return p.Forget(nodeA) == 1 },
	} {
		for _, s := range []stamp{{}, {"e2", 9, 2}} {
			p := newPresence(t, 0)
			p.connect(nodeA, "s", stamp{"c1", 1, 0})
			assert.True(t, drop(p), name)
			p.event(nodeA, "s", resthook.ConnectionEstablished, s)
			p.event(nodeA, "s", resthook.ConnectionRegistered, s)
			p.connect(nodeA, "s", stamp{"c1", 1, 0})
			assert.Empty(t, p.ids(), name)
			p.connect(nodeA, "s", stamp{"c2", 10, 0})
			p.event(nodeA, "s", resthook.ConnectionEstablished, stamp{"e3", 10, 1})
			assert.Equal(t, []string{"s"}, p.ids(), name)
			p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"e4", 11, 2})
			p.event(nodeA, "s", resthook.ConnectionEstablished, stamp{"e5", 12, 3})
			assert.Equal(t, []string{"s"}, p.ids(), "an end by the media server is none by this backend")
		}
	}
}

// Values that clients choose are not kept if they are too long. Their hooks are still
// answered.
func TestSessionsOfLongNames(t *testing.T) {
	t.Parallel()
	for length, want := range map[int]int{1024: 1, 1025: 0, 100_000: 0} {
		long := strings.Repeat("x", length)
		for _, conn := range []resthook.Connection{
			{NodeID: long, AppKey: "a", SessionID: "s"}, {NodeID: "n", AppKey: long, SessionID: "s"}, {NodeID: "n", AppKey: "a", SessionID: long},
		} {
			p := newPresence(t, 0)
			p.hook("connect", &conn, stamp{})
			assert.Equal(t, want, p.Len())
			conn.Status = resthook.ConnectionEstablished
			p.hook("ConnectionStatusEvent", &conn, stamp{})
			assert.Equal(t, want, p.Len())
			conn.Status = resthook.ConnectionDisconnected
			p.hook("ConnectionStatusEvent", &conn, stamp{})
			assert.Zero(t, p.Len())
		}
	}
}

// A closing event ends the session, whatever its handler returns.
func TestStatusHandler(t *testing.T) {
	t.Parallel()
	sessions := backend.NewSessions(0)
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, sessions.OnConnect(nil))
	backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		_, there := sessions.Get(c.NodeID, c.SessionID)
		assert.True(t, there, "the handler can still look")
		c.Status, c.SessionID = "", "other"
		return nil, errors.New("the database is away")
	}))
	wantOK(t, `{"sessionId":"s"}`, post(t, mux, "/connect", `{"sessionId":"s"}`))
	assert.Equal(t, 500, post(t, mux, "/ConnectionStatusEvent", `{"sessionId":"s","status":"DISCONNECTED"}`).Code)
	assert.Zero(t, sessions.Len())
}

func TestSessionsOfAClient(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 0)
	client := newClient(t, wrap(t, p.mux))
	session, err := client.Connect(t.Context(), &resthook.Connection{NodeID: nodeA, SessionID: "s", Login: "alice"})
	require.NoError(t, err)
	_, err = client.Connect(t.Context(), &resthook.Connection{NodeID: nodeA, SessionID: "t", Login: "eve"})
	require.True(t, resthook.Denied(err))
	assert.Equal(t, []string{"s"}, p.ids())
	require.NoError(t, session.Disconnect(t.Context()))
	assert.Zero(t, p.Len())
}

// The registry may change during an iteration. An iteration can stop early, and shows
// the sessions of one moment.
func TestIteration(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 0)
	for i := range 5 {
		p.connect(nodeA, fmt.Sprint(i), stamp{})
	}
	n := 0
	for session := range p.All() {
		assert.True(t, p.Remove(nodeA, session.ID))
		p.connect(nodeB, session.ID, stamp{})
		if n++; n == 3 {
			break
		}
	}
	assert.Equal(t, 3, n)
	nodes := map[string]int{}
	for session := range p.All() {
		nodes[session.Node]++
	}
	assert.Equal(t, map[string]int{nodeA: 2, nodeB: 3}, nodes)
}

func TestSessionsConcurrently(t *testing.T) {
	t.Parallel()
	p := newPresence(t, 50)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for j := range 50 {
				id := fmt.Sprint(i*3 + j) // some ids occur twice
				post(t, p.mux, "/connect", `{"nodeId":"n","sessionId":"`+id+`"}`)
				_ = p.ids()
				post(t, p.mux, "/ConnectionStatusEvent", `{"nodeId":"n","sessionId":"`+id+`","status":"DISCONNECTED"}`)
			}
		})
	}
	group.Wait()
	assert.Zero(t, p.Len())
}

// A custom that would take much more memory than its JSON is not kept.
func TestSessionsKeepNoCustomOfManyValues(t *testing.T) {
	t.Parallel()
	for custom, kept := range map[string]bool{
		`{"a":[` + strings.Repeat(`{"":0},`, 500) + `0]}`: false,
		`{"a":[` + strings.Repeat(`[],`, 90) + `0]}`:      true,
		`{"a":"` + strings.Repeat(`,`, 2000) + `"}`:       true,
	} {
		var conn resthook.Connection
		require.NoError(t, json.Unmarshal([]byte(`{"nodeId":"n","sessionId":"s","custom":`+custom+`}`), &conn))
		sessions := backend.NewSessions(0)
		_, err := sessions.OnConnect(nil)(t.Context(), &conn)
		require.NoError(t, err)
		got, ok := sessions.Get("n", "s")
		require.True(t, ok)
		assert.Equal(t, kept, got.Custom != nil)
	}
}
