package resthook_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

var errTaken = errors.New("another process ends it")

// A session that somebody else ends is not resumed.
func TestResumeWhatAnotherProcessEnds(t *testing.T) {
	t.Parallel()
	client, s, _ := journaled(t)
	s.resume = func(string, string) ([]resthook.Event, error) { return nil, errTaken }
	session, err := client.Resume(&resthook.Connection{SessionID: "s"})
	require.ErrorIs(t, err, errTaken)
	assert.EqualError(t, err, "resume: session s: another process ends it")
	assert.Nil(t, session)
	assert.Empty(t, client.Sessions())
	assert.Empty(t, s.entries())
	closeClient(t, client)
	s.resume = func(string, string) ([]resthook.Event, error) {
		assert.Fail(t, "a client that is closed takes nothing over")
		return nil, nil
	}
	_, err = client.Resume(&resthook.Connection{SessionID: "s"})
	require.ErrorIs(t, err, resthook.ErrClosed)
}

// What an earlier process has left open goes on: with its line and its closing ids, and
// with new ids for all else.
func TestResumeWhatWasLeftOpen(t *testing.T) {
	t.Parallel()
	first, s, _ := journaled(t)
	before, err := first.Connect(t.Context(), &resthook.Connection{SessionID: "s", AppKey: "shop"})
	require.NoError(t, err)
	streamIs(t, before, "m", resthook.StreamPublishing)
	callIs(t, before, "c", resthook.CallRing)
	left := s.entries() // and it crashes
	require.Len(t, left, 3)

	for name, change := range map[string]func([]resthook.Event) (entries []resthook.Event, closing string){
		"all":               func(all []resthook.Event) ([]resthook.Event, string) { return all, all[0].ID },
		"not the session's": func(all []resthook.Event) ([]resthook.Event, string) { return all[1:], "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, closing := change(left)
			client, next, b := journaled(t)
			next.resume = func(appKey, session string) ([]resthook.Event, error) {
				assert.Equal(t, []string{"shop", "s"}, []string{appKey, session})
				return entries, nil
			}
			session, err := client.Resume(before.Connection())
			require.NoError(t, err)
			streamIs(t, session, "m", resthook.StreamPaused)
			streamIs(t, session, "m2", resthook.StreamPlaying)
			callIs(t, session, "c", resthook.CallFinish)
			streamIs(t, session, "m", resthook.StreamUnpublished)
			streamIs(t, session, "m2", resthook.StreamStopped)
			require.NoError(t, session.Disconnect(t.Context()))
			closeClient(t, client)

			pushed, opened := next.pushed(), next.entries()
			if closing == "" {
				require.Len(t, opened, 2)
				closing = opened[0].ID
				assert.Equal(t, "ConnectionStatusEvent", opened[0].Hook)
				opened = opened[1:]
			}
			require.Len(t, opened, 1, "only what is new")
			assert.Equal(t, pushed[1].ID+".end", opened[0].ID)
			mark := strings.TrimSuffix(pushed[0].ID, ".1")
			assert.NotEqual(t, left[0].Line, mark)
			assert.Equal(t, []string{mark + ".1", mark + ".2", left[2].ID, left[1].ID, mark + ".2.end", closing}, idsOf(pushed))
			for i, e := range append(pushed, next.entries()...) {
				assert.Equal(t, left[0].Line, e.Line, "event %d", i)
			}
			b.AssertComplete(t)
			b.AssertInOrder(t)
		})
	}
}

// With nothing left, a session is opened as by Connect, under an id of its own.
func TestResumeWithNothingLeft(t *testing.T) {
	t.Parallel()
	client, s, _ := journaled(t)
	session, err := client.Resume(&resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	require.Len(t, s.entries(), 1)
	require.NoError(t, session.Disconnect(context.Background()))
	closeClient(t, client)
	assert.Equal(t, idsOf(s.entries()), idsOf(s.pushed()))
}
