package durable

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// ending is what removes an entry from the journal.
func (i *inherited) ending() []*nats.Msg {
	if wire.IsSession(i.subject) {
		return []*nats.Msg{purge(strings.TrimSuffix(i.subject, wire.Session)+">", 0)}
	}
	return []*nats.Msg{purge(i.subject, i.sequence)}
}

// Resume implements [resthook.Journal].
func (j journal) Resume(appKey, session string) ([]resthook.Event, error) {
	entries, err := j.takeKept(Session{AppKey: appKey, ID: session})
	if err != nil {
		return nil, err
	}
	events := make([]resthook.Event, 0, len(entries))
	for _, i := range entries {
		m, err := wire.Message(&i.event)
		if err == nil {
			err = j.open(i.event, m, func(err error) {
				if err != nil {
					j.faulty("resume", err)
				}
			}, i.subject)
		}
		if err != nil {
			return nil, err
		}
		events = append(events, i.event)
	}
	return events, nil
}

// takeKept takes what an earlier boot has left open of a session: the session itself first.
func (s *Store) takeKept(key Session) ([]*inherited, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := slices.Clone(s.kept[key])
	slices.SortStableFunc(entries, func(x, y *inherited) int {
		switch s, t := wire.IsSession(x.subject), wire.IsSession(y.subject); {
		case s == t:
			return 0
		case s:
			return -1
		}
		return 1
	})
	if len(entries) == 0 {
		return nil, s.whyNotKept(key)
	}
	for _, i := range entries {
		i.estate.takeEntry(i)
	}
	s.resumed[key] = true
	l := s.lineOf(&entries[0].event)
	if a := entries[0].estate.appOf(entries[0].event.App); !a.drained {
		l.behind = a
	}
	return entries, nil
}

// whyNotKept is the error for a session that can't be resumed. The lock is held.
func (s *Store) whyNotKept(key Session) error {
	if s.resumed[key] {
		return fmt.Errorf("%w: the session has been resumed before", resthook.ErrConfig)
	}
	return fmt.Errorf("%w, or the journal does not know it", ErrEnded)
}

// Recover says that the media server has resumed the sessions that outlived its restart. What else the
// journal has open of this node is ended now: its closing events go out. It returns these sessions. It
// matters with [WithRecovery] alone; a second call does nothing. It is safe for concurrent use.
func (s *Store) Recover() []Session {
	var ended []Session
	s.recover.Do(func() {
		s.mu.Lock()
		for key := range s.kept {
			ended = append(ended, key)
		}
		clear(s.kept)
		s.mu.Unlock()
		close(s.recovered)
	})
	return ended
}
