package crash

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Verdict counts what a ledger shows. All but what is said to be allowed must be 0.
type Verdict struct {
	Sessions int // allowed
	Stored   int // events; allowed
	Requests int // that were accepted; allowed
	Repeats  int // events that came again with their id; allowed
	Resumed  int // times that a session was resumed; allowed

	Missing     int // events that were stored and never came
	Disordered  int // events that first came behind a later one of their session
	Renamed     int // events that came with two ids
	Unclosed    int // sessions and streams that were open and have no closing event
	ClosedTwice int // sessions and streams with closing events of several ids
	Behind      int // events that first came behind the closing event of their session or stream
	Usurped     int // closing events of a successor, of sessions that were resumed and lived
	Refused     int // times that a session could not be resumed
	Left        int // messages in the store at the end
	Dead        int // dead letters
	Crashed     int // media servers that ended of themselves, or with an error

	// Firsts are the times from each death to the first event of the estate; allowed.
	Firsts []time.Duration
	// Returns are what came in the seconds after each return of the backend; allowed.
	Returns []Return
	// Faults says something of each fault.
	Faults []string
}

// Verdict judges what is in the ledger.
func (l *Ledger) Verdict() *Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := new(Verdict)
	for _, session := range slices.Sorted(maps.Keys(l.lives)) {
		if session == "" {
			continue
		}
		j := &judge{Verdict: v, session: session, life: l.lives[session], ids: map[int]string{}, closings: map[string][]string{}}
		j.judge()
	}
	for _, deaths := range l.deaths {
		for _, d := range deaths {
			if d.first != nil {
				v.Firsts = append(v.Firsts, d.first.At.Sub(d.at))
			}
		}
	}
	slices.Sort(v.Firsts)
	for _, at := range l.returns {
		v.Returns = append(v.Returns, l.met(at))
	}
	return v
}

// judge judges a session.
type judge struct {
	*Verdict

	session  string
	life     *life
	last     int                 // the highest number so far
	ids      map[int]string      // by the number of the event
	closings map[string][]string // the ids of closing events, by what they close
}

func (j *judge) judge() {
	j.Sessions++
	j.Stored += len(j.life.stored)
	j.Resumed += j.life.resumed
	for range j.life.refused {
		j.fault(&j.Refused, "it could not be resumed")
	}
	for i := range j.life.requests {
		if r := &j.life.requests[i]; r.Answer == accepted {
			j.Requests++
			j.request(r)
		}
	}
	for n := range j.life.stored {
		if _, came := j.ids[n]; !came {
			j.fault(&j.Missing, "event %d is missing", n)
		}
	}
	for thing := range j.life.open {
		if len(j.closings[thing]) == 0 {
			j.fault(&j.Unclosed, "%q has no closing event", thing)
		}
	}
	for thing, ids := range j.closings {
		if len(ids) > 1 {
			j.fault(&j.ClosedTwice, "%q has the closing events %v", thing, ids)
		}
	}
}

func (j *judge) request(r *Request) {
	switch {
	case r.Closing():
		j.closing(r)
	case r.N != 0:
		j.event(r)
	}
}

func (j *judge) closing(r *Request) {
	if r.Recovered && r.Alive {
		j.fault(&j.Usurped, "%q was closed by a successor, though it was resumed", r.Media)
	}
	ids := j.closings[r.Media]
	if slices.Contains(ids, r.ID) {
		j.Repeats++
		return
	}
	if len(ids) == 0 && r.Media != "" && len(j.closings[""]) > 0 {
		j.fault(&j.Behind, "the end of %q came behind that of the session", r.Media)
	}
	j.closings[r.Media] = append(ids, r.ID)
}

func (j *judge) event(r *Request) {
	if id, came := j.ids[r.N]; came {
		j.Repeats++
		if id != r.ID {
			j.fault(&j.Renamed, "event %d came as %s and as %s", r.N, id, r.ID)
		}
		return
	}
	j.ids[r.N] = r.ID
	if r.N < j.last {
		j.fault(&j.Disordered, "event %d came behind %d", r.N, j.last)
	}
	j.last = max(j.last, r.N)
	if len(j.closings[""]) > 0 || len(j.closings[r.Media]) > 0 {
		j.fault(&j.Behind, "event %d came behind the closing event", r.N)
	}
}

// mostFaults is how many faults are described.
const mostFaults = 50

func (j *judge) fault(count *int, format string, what ...any) {
	*count++
	if len(j.Faults) < mostFaults {
		j.Faults = append(j.Faults, fmt.Sprintf("session %s: ", j.session)+fmt.Sprintf(format, what...)+"\n"+j.life.String())
	}
}

// String is a line for each request.
func (l *life) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\topen %v, stored %v\n", slices.Sorted(maps.Keys(l.open)), slices.Sorted(maps.Keys(l.stored)))
	for i := range l.requests {
		r := &l.requests[i]
		fmt.Fprintf(&b, "\t%s %s: %s %s n=%d id=%s seq=%d recovered=%t media=%s: %d\n",
			r.At.Format("15:04:05.000"), r.Server, r.Hook, r.Status, r.N, r.ID, r.Sequence, r.Recovered, r.Media, r.Answer)
	}
	return b.String()
}

// Wrong is how many faults there are.
func (v *Verdict) Wrong() int {
	return v.Missing + v.Disordered + v.Renamed + v.Unclosed + v.ClosedTwice + v.Behind + v.Usurped + v.Refused + v.Left + v.Dead + v.Crashed
}

// String is all of it in one line, without the faults.
func (v *Verdict) String() string {
	median, longest := time.Duration(0), time.Duration(0)
	if n := len(v.Firsts); n > 0 {
		median, longest = v.Firsts[n/2], v.Firsts[n-1]
	}
	text := fmt.Sprintf("%d stored, %d sessions, %d requests, %d repeats: missing %d, out of order %d, other id %d, unclosed %d, closed twice %d, "+
		"behind the closing %d, usurped %d, refused %d, left %d, dead %d, crashed %d; first of the estate after %.2f s, at most %.2f s (%d)",
		v.Stored, v.Sessions, v.Requests, v.Repeats, v.Missing, v.Disordered, v.Renamed, v.Unclosed, v.ClosedTwice,
		v.Behind, v.Usurped, v.Refused, v.Left, v.Dead, v.Crashed, median.Seconds(), longest.Seconds(), len(v.Firsts))
	if v.Resumed > 0 {
		text += fmt.Sprintf("; %d resumed", v.Resumed)
	}
	if len(v.Returns) > 0 {
		text += fmt.Sprintf("; %v", v.Returns)
	}
	return text
}
