package crash_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/durable/internal/crash"
)

// came is an event that the backend accepted.
func came(n int) crash.Request {
	return crash.Request{Server: "m1", Hook: "StreamStatusEvent", ID: fmt.Sprint("id.", n), Session: "m1.1", Media: "stream", N: n, Status: "PAUSED", Answer: 200}
}

// closed is the end of the stream, or of the session.
func closed(media, id string) crash.Request {
	r := crash.Request{Server: "m2", Hook: "StreamStatusEvent", ID: id, Session: "m1.1", Media: media, N: 1, Status: "UNPUBLISHED", Recovered: true, Answer: 200}
	if media == "" {
		r.Hook, r.N, r.Status = "ConnectionStatusEvent", 0, "DISCONNECTED"
	}
	return r
}

// refused is a request that was not accepted.
func refused(r crash.Request) crash.Request { //nolint:gocritic // changed
	r.Answer = 503
	return r
}

// Each fault is counted as what it is, and as nothing else.
func TestVerdict(t *testing.T) {
	t.Parallel()
	good := []crash.Request{came(1), came(2), came(3), closed("stream", "s.end"), closed("", "c.end")}
	for _, row := range []struct {
		name string
		log  []crash.Request
		want crash.Verdict
	}{
		{"nothing", good, crash.Verdict{}},
		{"a repeat", append(good, came(2), closed("", "c.end")), crash.Verdict{Repeats: 2}},
		{"a number that was not stored", []crash.Request{came(1), came(2), came(3), came(7), good[3], good[4]}, crash.Verdict{}},
		{"missing", []crash.Request{came(1), came(3), good[3], good[4]}, crash.Verdict{Missing: 1}},
		{"missing, though it was tried", []crash.Request{came(1), refused(came(2)), came(3), good[3], good[4]}, crash.Verdict{Missing: 1}},
		{"out of order", []crash.Request{came(1), came(3), came(2), good[3], good[4]}, crash.Verdict{Disordered: 1}},
		{"a repeat out of order", []crash.Request{came(1), came(2), came(1), came(3), good[3], good[4]}, crash.Verdict{Repeats: 1}},
		{"another id", []crash.Request{came(1), came(2), renamed(2), came(3), good[3], good[4]}, crash.Verdict{Repeats: 1, Renamed: 1}},
		{"no end of the session", good[:4], crash.Verdict{Unclosed: 1}},
		{"no end of the stream", []crash.Request{came(1), came(2), came(3), good[4]}, crash.Verdict{Unclosed: 1}},
		{"an end that was refused", append(good[:4:4], refused(good[4])), crash.Verdict{Unclosed: 1}},
		{"two ends of the session", append(good, closed("", "other")), crash.Verdict{ClosedTwice: 1}},
		{"two ends of the stream", append(good[:4:4], closed("stream", "other"), good[4]), crash.Verdict{ClosedTwice: 1}},
		{"behind the end of the session", []crash.Request{came(1), came(2), good[3], good[4], came(3)}, crash.Verdict{Behind: 1}},
		{"behind the end of the stream", []crash.Request{came(1), came(2), good[3], came(3), good[4]}, crash.Verdict{Behind: 1}},
		{"the stream's end behind the session's", []crash.Request{came(1), came(2), came(3), good[4], good[3]}, crash.Verdict{Behind: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := ledger()
			for _, r := range row.log {
				l.Received(r)
				if r.Answer == 200 {
					row.want.Requests++
				}
			}
			got := l.Verdict()
			assert.Len(t, got.Faults, got.Wrong())
			assert.Equal(t, row.want.Missing+row.want.Disordered+row.want.Renamed+row.want.Unclosed+row.want.ClosedTwice+row.want.Behind, got.Wrong())
			row.want.Sessions, row.want.Stored, got.Faults = 1, 3, nil
			assert.Equal(t, row.want, *got)
		})
	}
}

// A session that was resumed lives until the media server dies that has it now.
func TestSessionThatWasResumed(t *testing.T) {
	t.Parallel()
	log := []crash.Request{came(1), came(2), came(3), closed("stream", "s.end"), closed("", "c.end")}
	genuine := closed("", "c.end")
	genuine.Recovered = false
	for _, row := range []struct {
		name string
		end  crash.Request
		dies bool
		want int
	}{
		{"closed by a successor while it lives", log[4], false, 1},
		{"closed by a successor after its second death", log[4], true, 0},
		{"ended in order", genuine, false, 0},
		{"refused", refused(log[4]), true, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			l := ledger()
			l.Died("m1", time.Now())
			l.Kept("m1.1", "m2")
			l.Resumed("m1.1", true)
			if row.dies {
				l.Died("m2", time.Now())
			}
			l.Received(row.end)
			v := l.Verdict()
			assert.Equal(t, row.want, v.Usurped)
			assert.Equal(t, 1, v.Resumed)
			assert.Zero(t, v.Refused)
		})
	}
	l := ledger()
	l.Resumed("m1.1", false)
	for _, r := range log {
		l.Received(r)
	}
	v := l.Verdict()
	assert.Equal(t, 1, v.Refused)
	assert.Equal(t, 1, v.Wrong())
}

// What a backend is met with is counted from its return on, without what the media server waits for.
func TestReturn(t *testing.T) {
	t.Parallel()
	l, back := ledger(), time.Now()
	l.Returned(back)
	for _, after := range []time.Duration{-time.Second, 0, 50 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond, 10 * time.Second} {
		r := refused(came(1))
		r.At = back.Add(after)
		l.Received(r)
		r.Hook = "connect"
		l.Received(r)
	}
	v := l.Verdict()
	assert.Equal(t, []crash.Return{{Tenth: 2, Seconds: [10]int{3, 1}}}, v.Returns)
	assert.Contains(t, v.String(), "met with 2 events in the first 0.1 s, then by the second [3 1 0")
}

// ledger is one of a session with a stream and three events.
func ledger() *crash.Ledger {
	l := crash.NewLedger()
	l.Opened("m1.1", "")
	l.Opened("m1.1", "stream")
	for n := 1; n <= 3; n++ {
		l.Stored("m1.1", n)
	}
	return l
}

func renamed(n int) crash.Request {
	r := came(n)
	r.ID = "other"
	return r
}

// The first of an estate is what another media server sends of the dead one's sessions.
func TestFirstOfTheEstate(t *testing.T) {
	t.Parallel()
	l, death := ledger(), time.Now()
	l.Died("m1", death)
	own := came(1)
	own.At = death.Add(time.Millisecond) // it was on its way
	l.Received(own)
	_, _, ok := l.First("m1")
	assert.False(t, ok)
	for i, r := range []crash.Request{refused(closed("stream", "s.end")), closed("stream", "s.end"), closed("", "c.end")} {
		r.At = death.Add(time.Duration(i+1) * time.Second)
		l.Received(r)
	}
	r, after, ok := l.First("m1")
	assert.True(t, ok)
	assert.Equal(t, "m2", r.Server)
	assert.Equal(t, 2*time.Second, after)
	assert.Equal(t, []time.Duration{2 * time.Second}, l.Verdict().Firsts)
}

// What is left of an estate is not the first of the next one.
func TestFirstOfTheSecondEstate(t *testing.T) {
	t.Parallel()
	l, death := ledger(), time.Now()
	again := death.Add(time.Minute)
	l.Died("m1", death)
	l.Died("m1", again)
	late := closed("stream", "s.end")
	late.At = again.Add(time.Second)
	l.Received(late)
	_, _, ok := l.First("m1")
	assert.False(t, ok)
	l.Died("m1", again.Add(time.Second)) // it was cut off, but nobody missed it
	l.Lived("m1")
	own, other := came(1), closed("", "other.end")
	own.Session, own.At = "m1.2", again.Add(-time.Second)
	other.Session, other.At = "m1.2", again.Add(6*time.Second)
	l.Received(own)
	l.Received(other)
	_, after, ok := l.First("m1")
	assert.True(t, ok)
	assert.Equal(t, 6*time.Second, after)
}
