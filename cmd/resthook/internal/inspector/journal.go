package inspector

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// How many hooks, and how many bytes of them, are kept for the page.
const (
	journalHooks = 10_000
	journalBytes = 64 << 20
)

// entry is an exchange in the journal. It is immutable.
type entry struct {
	exchange

	number   uint64        // in the order in which they ended, from 1
	attempt  int           // how often its Webhook-Id has come so far; 0 without a Webhook-Id
	since    time.Duration // since the session's previous hook came in
	previous bool          // the session has a previous hook
}

// mark is what later entries are compared with: an entry's number, attempt and time.
type mark struct {
	number  uint64
	attempt int
	time    time.Time
}

// journal keeps the newest exchanges of the run, up to a number and a size. It
// is safe for concurrent use.
type journal struct {
	server string // identifies this process
	hooks  int    // how many entries are kept at most
	bytes  int    // how large all entries together may be

	mu       sync.Mutex
	inFlight []*exchange // in the order in which they came in
	begun    uint64      // how many have begun
	run      string      // changes when the journal is cleared
	kept     []entry     // by number, without gaps
	last     uint64      // the number of the newest
	removed  uint64      // how many are no longer kept
	size     int
	byID     map[string]mark // the newest of each Webhook-Id that is kept
	sessions map[string]mark // the newest of each session that is kept
}

// newJournal returns an empty journal.
func newJournal(hooks, bytes int) *journal {
	j := &journal{server: rand.Text(), hooks: hooks, bytes: bytes}
	j.restart()
	return j
}

// begin notes an exchange in flight, and sets its key.
func (j *journal) begin(x *exchange) {
	j.mu.Lock()
	j.begun++
	x.key = j.server[:8] + "-" + strconv.FormatUint(j.begun, 10)
	copied := *x
	j.inFlight = append(j.inFlight, &copied)
	j.mu.Unlock()
}

// end adds an exchange that is over.
func (j *journal) end(x exchange) {
	j.mu.Lock()
	j.inFlight = slices.DeleteFunc(j.inFlight, func(other *exchange) bool { return other.key == x.key })
	j.append(entry{exchange: x})
	for len(j.kept) > j.hooks || j.size > j.bytes {
		j.removeOldest()
	}
	j.mu.Unlock()
}

func (j *journal) append(e entry) {
	j.last++
	e.number = j.last
	if e.ID != "" {
		e.attempt = j.byID[e.ID].attempt + 1
		j.byID[e.ID] = mark{number: e.number, attempt: e.attempt}
	}
	if e.session != "" {
		before, known := j.sessions[e.session]
		e.since, e.previous = e.Time.Sub(before.time), known
		j.sessions[e.session] = mark{number: e.number, time: e.Time}
	}
	j.kept = append(j.kept, e)
	j.size += e.size()
}

func (j *journal) removeOldest() {
	e := j.kept[0]
	j.kept[0] = entry{}
	j.kept = j.kept[1:]
	j.size -= e.size()
	j.removed++
	if j.byID[e.ID].number == e.number {
		delete(j.byID, e.ID)
	}
	if j.sessions[e.session].number == e.number {
		delete(j.sessions, e.session)
	}
}

// size is roughly the entry's size in memory, in bytes.
func (e entry) size() int {
	const rest = 1024
	size := rest + len(e.Request) + 2*(len(e.Method)+len(e.path))
	if len(e.Answer) > 0 && (len(e.Request) == 0 || &e.Answer[0] != &e.Request[0]) {
		size += len(e.Answer)
	}
	for _, header := range []http.Header{e.header, e.answered} {
		for name, values := range header {
			for _, value := range values {
				size += len(name) + len(value)
			}
		}
	}
	return size
}

// clear removes all entries and begins a new run.
func (j *journal) clear() {
	j.mu.Lock()
	j.restart()
	j.mu.Unlock()
}

func (j *journal) restart() {
	j.run, j.kept, j.last, j.removed, j.size = rand.Text(), nil, 0, 0, 0
	j.byID, j.sessions = map[string]mark{}, map[string]mark{}
}

// position is a position in a run: after the entry with a number.
type position struct {
	run   string
	after uint64
}

// extract is a part of the journal.
type extract struct {
	entries  []entry
	end      position   // behind the entries
	removed  uint64     // how many are no longer kept
	newRun   bool       // the position asked for is of another run
	more     bool       // entries follow
	inFlight []exchange // the oldest
	others   int        // how many more are in flight
}

// from returns the entries behind a position, up to a number. If the position is of another
// run, it begins with the oldest entry.
func (j *journal) from(p position, most int) extract {
	j.mu.Lock()
	defer j.mu.Unlock()
	newRun := p.run != j.run || p.after > j.last
	if newRun {
		p = position{run: j.run}
	}
	first := j.last - uint64(len(j.kept)) // the number before the oldest
	kept := j.kept[max(p.after, first)-first:]
	more := len(kept) > most
	kept = kept[:min(len(kept), most)]
	if len(kept) > 0 {
		p.after = kept[len(kept)-1].number
	}
	e := extract{entries: slices.Clone(kept), end: p, removed: j.removed, newRun: newRun, more: more}
	e.inFlight, e.others = j.oldestInFlight()
	return e
}

// oldestInFlight are the oldest exchanges in flight, and how many more there are.
func (j *journal) oldestInFlight() (oldest []exchange, others int) {
	const most = 100
	for _, x := range j.inFlight[:min(len(j.inFlight), most)] {
		oldest = append(oldest, *x)
	}
	return oldest, len(j.inFlight) - len(oldest)
}

// find returns an entry of a run, and how often its Webhook-Id has come so far. It
// returns false if the entry is no longer kept.
func (j *journal) find(run string, number uint64) (found entry, attempts int, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := j.last - uint64(len(j.kept))
	if run != j.run || number <= first || number > j.last {
		return entry{}, 0, false
	}
	e := j.kept[number-first-1]
	return e, j.byID[e.ID].attempt, true
}
