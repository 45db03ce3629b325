package resthook_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Only what goes out takes a number: one that is missing was lost.
func TestOnlyWhatGoesOutIsNumbered(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	hooktest.On(b, resthook.Connect).Policy(map[resthook.Method]resthook.Rule{
		resthook.PlayStream: {RestPolicy: resthook.RestPolicyDisable}, resthook.CallStatusEvent: {RestPolicy: resthook.RestPolicyDisable},
	})
	session, err := b.Client().Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	send := func(err error) { t.Helper(); require.NoError(t, err) }
	for range 3 {
		_, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
		send(err)
		send(resthook.CallStatusEvent.Notify(t.Context(), session, &resthook.Call{Status: resthook.CallRing}))
		_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
		send(err)
		_, err = resthook.PublishStream.Send(t.Context(), session, nil)
		require.Error(t, err)
	}
	send(session.Disconnect(t.Context()))
	_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "a"})
	require.ErrorIs(t, err, resthook.ErrClosed)
	assert.Equal(t, []uint64{0, 1, 2, 3, 4}, numbers(b))
}

// The ids of a session's hooks say which connect they stem from; a session that
// was resumed has others.
func TestIDsTellSessionsApart(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := b.Client()
	seen := map[string]bool{}
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	resumed, err := client.Resume(session.Connection())
	require.NoError(t, err)
	for _, s := range []*resthook.Session{session, resumed} {
		for range 2 {
			_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
			require.NoError(t, err)
		}
	}
	_, err = resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{})
	require.NoError(t, err)
	requests := b.Requests()
	for _, r := range requests {
		assert.False(t, seen[r.ID()], "used twice")
		seen[r.ID()] = true
	}
	mark := requests[0].ID()
	assert.Regexp(t, `^[A-Z2-7]{26}\.\d+$`, mark)
	other := requests[3].ID()[:len(requests[3].ID())-2]
	for i, want := range []string{mark, mark + ".1", mark + ".2", other + ".1", other + ".2"} {
		assert.Equal(t, want, requests[i].ID())
	}
	assert.NotEqual(t, mark, other)
	assert.Equal(t, []uint64{0, 1, 2, 1, 2, 0}, numbers(b))
}

func numbers(b *hooktest.Backend) (all []uint64) {
	for _, r := range b.Requests() {
		all = append(all, r.Sequence())
	}
	return all
}
