package inspector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// came is a hook of a session in the given second of the run.
func came(second int, session, id string) *exchange {
	x := &exchange{verb: "POST"}
	x.Time, x.Method, x.ID, x.Status = time.Unix(int64(second), 0), "call", id, 200
	x.Request = []byte(`{"sessionId":"` + session + `"}`)
	x.Answer, x.summary = x.Request, summaryOf(x.Request)
	return x
}

// numbers are the numbers of the entries that are kept.
func (j *journal) numbers() []uint64 {
	var numbers []uint64
	for _, e := range j.from(position{}, journalHooks).entries {
		numbers = append(numbers, e.number)
	}
	return numbers
}

func TestJournalKeepsTheNewest(t *testing.T) {
	t.Parallel()
	j := newJournal(3, journalBytes)
	for second := range 5 {
		j.end(*came(second, "s", ""))
	}
	assert.Equal(t, []uint64{3, 4, 5}, j.numbers())
	assert.Equal(t, uint64(2), j.from(position{}, 1).removed)
}

func TestJournalIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	j := newJournal(journalHooks, 100_000)
	for n := range 50 {
		x := came(n, "s", "")
		x.Request = []byte(strings.Repeat("x", 10_000))
		x.Answer = x.Request // mirrored: the same bytes
		j.end(*x)
		assert.LessOrEqual(t, j.size, j.bytes)
	}
	assert.Len(t, j.numbers(), 9)
	x := came(60, "s", "")
	x.Request, x.Answer = []byte(strings.Repeat("x", 30_000)), []byte(strings.Repeat("y", 30_000))
	j.end(*x)
	assert.Len(t, j.numbers(), 4)
	x.Answer = []byte(strings.Repeat("y", 100_000))
	j.end(*x)
	assert.Empty(t, j.numbers(), "one that is larger than all that may be kept")
	assert.Zero(t, j.size)
	assert.Empty(t, j.sessions)
}

func TestJournalCountsAttemptsAndPauses(t *testing.T) {
	t.Parallel()
	j := newJournal(4, journalBytes)
	for _, x := range []*exchange{came(1, "a", "1"), came(2, "b", "2"), came(4, "a", "1"), came(9, "", ""), came(10, "", ""), came(11, "a", "1")} {
		j.end(*x)
	}
	var got []string
	for _, e := range j.from(position{}, 9).entries {
		got = append(got, fmt.Sprint(e.number, e.attempt, e.previous, e.since))
	}
	assert.Equal(t, []string{"3 2 true 3s", "4 0 false 0s", "5 0 false 0s", "6 3 true 7s"}, got)
	run := j.from(position{}, 1).end.run
	e, attempts, ok := j.find(run, 3)
	assert.Equal(t, []any{uint64(3), 3, true}, []any{e.number, attempts, ok})
	for second := range 4 {
		j.end(*came(20+second, "c", "3"))
	}
	assert.Len(t, j.byID, 1, "what is let go leaves nothing behind")
	assert.Len(t, j.sessions, 1)
}

func TestJournalIsReadOnFromAPlace(t *testing.T) {
	t.Parallel()
	j := newJournal(4, journalBytes)
	start := j.from(position{}, 9)
	assert.True(t, start.newRun, "nothing has been read of this run")
	assert.False(t, j.from(start.end, 9).newRun)
	for second := range 3 {
		j.end(*came(second, "s", ""))
	}
	first := j.from(start.end, 2)
	assert.Equal(t, []any{2, uint64(2), false}, []any{len(first.entries), first.end.after, first.newRun})
	second := j.from(first.end, 2)
	assert.Equal(t, []any{1, uint64(3)}, []any{len(second.entries), second.end.after})
	assert.Empty(t, j.from(second.end, 2).entries)
	for second := range 6 { // more than the journal keeps, so the reader misses some
		j.end(*came(second, "s", ""))
	}
	late := j.from(second.end, 9)
	assert.Equal(t, []any{4, uint64(6), false}, []any{len(late.entries), late.entries[0].number, late.newRun})
	assert.True(t, j.from(position{second.end.run, 99}, 9).newRun, "a place that is not there")
}

func TestJournalFindsWhatIsKept(t *testing.T) {
	t.Parallel()
	j := newJournal(2, journalBytes)
	for second := range 3 {
		j.end(*came(second, "s", ""))
	}
	run := j.from(position{}, 1).end.run
	for number, want := range map[uint64]bool{0: false, 1: false, 2: true, 3: true, 4: false} {
		e, _, ok := j.find(run, number)
		require.Equal(t, want, ok, number)
		if want {
			assert.Equal(t, number, e.number)
		}
	}
	_, _, ok := j.find("another", 2)
	assert.False(t, ok)
}

func TestJournalBeginsANewRun(t *testing.T) {
	t.Parallel()
	j := newJournal(2, journalBytes)
	j.end(*came(1, "s", "1"))
	old := j.from(position{}, 9).end
	j.clear()
	cleared := j.from(old, 9)
	assert.True(t, cleared.newRun)
	assert.Empty(t, cleared.entries)
	assert.NotEqual(t, old.run, cleared.end.run)
	j.end(*came(5, "s", "1"))
	e := j.from(old, 9).entries[0]
	assert.Equal(t, []any{uint64(1), 1, false}, []any{e.number, e.attempt, e.previous})
}
