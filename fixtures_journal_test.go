package resthook_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// notingJournal is a journal and a queue that note the order of their calls. Events go on to a
// queue in memory.
type notingJournal struct {
	resthook.Queue

	resume func(appKey, session string) ([]resthook.Event, error)
	open   func(closing resthook.Event, stored func(error))

	mu  sync.Mutex
	all []noted
}

// noted is an entry that was opened, or an event that was pushed.
type noted struct {
	resthook.Event

	entry bool
}

func newNotingJournal() *notingJournal {
	return &notingJournal{
		Queue:  resthook.NewQueue(resthook.QueueLimits{}),
		resume: func(string, string) ([]resthook.Event, error) { return nil, nil },
		open:   func(_ resthook.Event, stored func(error)) { stored(nil) },
	}
}

func (s *notingJournal) note(e resthook.Event, entry bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, noted{e, entry})
}

func (s *notingJournal) Open(closing resthook.Event, stored func(error)) {
	s.note(closing, true)
	s.open(closing, stored)
}

func (s *notingJournal) Resume(appKey, session string) ([]resthook.Event, error) {
	return s.resume(appKey, session)
}

func (s *notingJournal) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	s.note(e, false)
	return s.Queue.Push(e, stored)
}

func (s *notingJournal) list() []noted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// entries are the events that were opened.
func (s *notingJournal) entries() (entries []resthook.Event) {
	for _, one := range s.list() {
		if one.entry {
			entries = append(entries, one.Event)
		}
	}
	return entries
}

// pushed are the events that were pushed.
func (s *notingJournal) pushed() (pushed []resthook.Event) {
	for _, one := range s.list() {
		if !one.entry {
			pushed = append(pushed, one.Event)
		}
	}
	return pushed
}

// journaled is a client whose queue and journal note their calls, and its backend.
func journaled(t *testing.T, opts ...resthook.Option) (*resthook.Client, *notingJournal, *hooktest.Backend) {
	t.Helper()
	b, s := hooktest.NewBackend(t), newNotingJournal()
	return newClient(t, b.URL(), append(opts, resthook.WithQueue(s), resthook.WithJournal(s))...), s, b
}

func connect(t *testing.T, client *resthook.Client, id string) *resthook.Session {
	t.Helper()
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: id, Custom: map[string]any{"token": "t"}})
	require.NoError(t, err)
	return session
}

func streamIs(t *testing.T, to resthook.Target, id string, status resthook.StreamStatus) {
	t.Helper()
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), to, &resthook.Stream{MediaSessionID: id, Name: "cam", Published: true, Status: status}))
}

func callIs(t *testing.T, to resthook.Target, id string, status resthook.CallStatus) {
	t.Helper()
	require.NoError(t, resthook.CallStatusEvent.Notify(t.Context(), to, &resthook.Call{CallID: id, Status: status}))
}
