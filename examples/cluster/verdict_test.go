package main

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// session writes into an account what a session has recorded and what the backend was told of it.
type session struct {
	*account

	name string
}

func (s session) records(events int) session {
	for range events {
		s.record(s.name)
	}
	return s
}

func (s session) tells(id string, sequence uint64) session {
	return s.hears(id, sequence, s.name+"/cam", false)
}

func (s session) ends(id string, sequence uint64) session {
	return s.hears(id, sequence, s.name+"/cam", true)
}

func (s session) leaves(id string, sequence uint64) session {
	return s.hears(id, sequence, s.name, true)
}

func (s session) hears(id string, sequence uint64, of string, closing bool) session {
	s.hear(event{id: id, session: s.name, sequence: sequence, recovered: sequence == 0, of: of, closing: closing, at: time.Now()})
	return s
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(s session)
		want    verdict
	}{
		"a whole session":       {func(s session) { s.records(2).tells("1", 1).ends("e", 2).leaves("l", 3) }, verdict{sessions: 1, events: 3}},
		"a successor":           {func(s session) { s.records(1).tells("1", 1).ends("e", 0).leaves("l", 0) }, verdict{sessions: 1, events: 3}},
		"a repeat":              {func(s session) { s.records(1).tells("1", 1).tells("1", 1).ends("e", 0).leaves("l", 0) }, verdict{sessions: 1, events: 3, repeats: 1}},
		"a repeat at the end":   {func(s session) { s.records(2).tells("1", 1).ends("e", 0).leaves("l", 0).ends("e", 2) }, verdict{sessions: 1, events: 3, repeats: 1}},
		"nothing recorded":      {func(s session) { s.tells("1", 1) }, verdict{}},
		"out of order":          {func(s session) { s.records(2).tells("2", 2).tells("1", 1).ends("e", 3).leaves("l", 4) }, verdict{sessions: 1, events: 4, outOfOrder: 1}},
		"behind the end":        {func(s session) { s.records(2).tells("1", 1).ends("e", 0).leaves("l", 0).tells("2", 2) }, verdict{sessions: 1, events: 4, outOfOrder: 1}},
		"missing between":       {func(s session) { s.records(1).tells("1", 1).ends("e", 3).leaves("l", 4) }, verdict{sessions: 1, events: 3, missing: 1}},
		"missing at the end":    {func(s session) { s.records(3).tells("1", 1).ends("e", 0).leaves("l", 0) }, verdict{sessions: 1, events: 3, missing: 2}},
		"a session left open":   {func(s session) { s.records(2).tells("1", 1).ends("e", 2) }, verdict{sessions: 1, events: 2, sessionsLeft: 1}},
		"a stream left open":    {func(s session) { s.records(1).tells("1", 1).leaves("l", 2) }, verdict{sessions: 1, events: 2, streamsLeft: 1}},
		"two ids for a session": {func(s session) { s.records(1).tells("1", 1).ends("e", 2).leaves("l", 0).leaves("m", 3) }, verdict{sessions: 1, events: 4, outOfOrder: 1, closedTwice: 1}},
		"two ids for a stream":  {func(s session) { s.records(1).tells("1", 1).ends("e", 2).ends("f", 0).leaves("l", 0) }, verdict{sessions: 1, events: 4, closedTwice: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount()
			c.happens(session{a, "s"})
			assert.Equal(t, c.want, a.judge())
			bad := c.want.outOfOrder+c.want.missing+c.want.sessionsLeft+c.want.streamsLeft+c.want.closedTwice > 0
			assert.Equal(t, c.want.sessions > 0 && !bad, c.want.good())
		})
	}
}

// A bad verdict is an error, and is printed all the same.
func TestConclusion(t *testing.T) {
	t.Parallel()
	a := newAccount()
	session{a, "s"}.records(1).tells("1", 1)
	var out bytes.Buffer
	assert.ErrorIs(t, (&story{system: &system{account: a}, out: &out}).conclude(), errVerdict)
	assert.Regexp(t, `sessions without their closing event +1\n`, out.String())
	session{a, "s"}.ends("e", 0).leaves("l", 0)
	assert.NoError(t, (&story{system: &system{account: a}, out: io.Discard}).conclude())
}
