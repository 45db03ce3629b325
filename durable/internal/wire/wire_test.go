package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

func names() []string {
	return []string{"", "media-7", "/192.0.2.1:5000/x-1", "a.b", "*", ">", "t", " ", "\xff", "日本", strings.Repeat("n", 200)}
}

// Names of any kind are one token each, and come back.
func TestSubjects(t *testing.T) {
	t.Parallel()
	for _, name := range names() {
		b := wire.Boot{Node: name, ID: "boot"}
		e := &resthook.Event{App: name, Session: name, Line: name, Hook: "StreamStatusEvent", About: resthook.About{MediaSessionID: name}}
		for _, subject := range []string{wire.EventSubject(b, wire.EventPlace(e)), wire.OpenSubject(b, e), wire.SessionSubject(b, e)} {
			for token := range strings.SplitSeq(subject, ".") {
				require.Regexp(t, `^[a-z0-9]+$`, token, "%q", name)
			}
			p, ok := wire.ParseSubject(subject)
			require.True(t, ok)
			assert.Equal(t, b, p.Boot)
			assert.Equal(t, name, p.App)
		}
		assert.Equal(t, name, wire.NodeOf(wire.LeaseSubject(name)))
		back, ok := wire.BootOf(wire.BootSubject(b))
		assert.True(t, ok)
		assert.Equal(t, b, back)
		owner, number := wire.ParseOwner(wire.Owner(b, 12))
		assert.Equal(t, b, owner)
		assert.Equal(t, 12, number)
	}
}

// Two that differ have two subjects.
func TestSubjectsDiffer(t *testing.T) {
	t.Parallel()
	b, seen := wire.Boot{Node: "n", ID: "boot"}, map[string]resthook.Event{}
	for _, hook := range []string{"StreamStatusEvent", "CallStatusEvent"} {
		for _, media := range []string{"", "m", "k"} {
			for _, call := range []string{"", "m", "k"} {
				e := resthook.Event{Hook: hook, Line: "l", About: resthook.About{MediaSessionID: media, CallID: call}}
				if media == "" && call == "" {
					assert.True(t, wire.IsSession(wire.OpenSubject(b, &e)))
					continue
				}
				subject := wire.OpenSubject(b, &e)
				assert.NotContains(t, seen, subject)
				assert.False(t, wire.IsSession(subject))
				seen[subject] = e
			}
		}
	}
}

func TestParseSubjectOfSomethingElse(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"", "rh", "rh.ev.a.b.c", "rh.dead.a.b.c.d", "$KV.RH.n.x.y.z"} {
		_, ok := wire.ParseSubject(subject)
		assert.False(t, ok, subject)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	e := resthook.Event{
		ID: "id", Sequence: 7, Time: time.Now().UTC(), Hook: "StreamStatusEvent", Kind: resthook.KindEvent, App: "a", AppKey: "k", Session: "s\r\nx",
		Body: []byte(`{"a":1}`), OnError: resthook.OnErrorFail, Priority: resthook.PriorityClosing, Line: "l", Replaces: "r", Attempts: 3, Unanswered: 2,
		About: resthook.About{MediaSessionID: "m", Name: "n", CallID: "c", EventStatus: "PUBLISHING"}, Recovered: true,
	}
	m, err := wire.Message(&e)
	require.NoError(t, err)
	back, err := wire.Event(m.Header, m.Data)
	require.NoError(t, err)
	assert.Equal(t, e, back)
	odd, err := wire.Message(&resthook.Event{ID: "of no kind"})
	require.NoError(t, err)
	_, err = wire.Event(odd.Header, odd.Data)
	require.NoError(t, err)
	assert.NotContains(t, m.Header.Get(wire.HeaderEvent), "\n")
	_, err = wire.Event(nil, m.Data)
	require.Error(t, err)
	m.Header.Set(wire.HeaderEvent, "{")
	_, err = wire.Event(m.Header, m.Data)
	require.Error(t, err)
}
