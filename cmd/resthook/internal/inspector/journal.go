package inspector

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// How much of a run is kept for the page.
const (
	journalHooks = 10_000
	journalBytes = 64 << 20
)

// entry is an exchange in the journal. Nothing changes it.
type entry struct {
	exchange

	number   uint64        // in the order in which they ended, from 1
	attempt  int           // how often its Webhook-Id has come, this one included; 0 where it has none
	since    time.Duration // since the session's previous hook came in
	previous bool          // whether there was one
}

// mark is what is kept of an entry to compare a later one with.
type mark struct {
	number  uint64
	attempt int
	time    time.Time
}

// journal keeps the newest exchanges of the run, up to a number and a size. It
// is safe for concurrent use.
type journal struct {
	server string // of this process
	hooks  int    // at most
	bytes  int    // at most, of all entries together

	mu       sync.Mutex
	pending  []*exchange // those under way, in the order in which they came in
	begun    uint64      // how many have begun
	run      string      // changes when the journal is cleared
	kept     []entry     // by number, without gaps
	last     uint64      // the number of the newest
	letGo    uint64      // how many are no longer kept
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

// begin notes an exchange that is under way, and gives it its key.
func (j *journal) begin(x *exchange) {
	j.mu.Lock()
	j.begun++
	x.key = j.server[:8] + "-" + strconv.FormatUint(j.begun, 10)
	under := *x
	j.pending = append(j.pending, &under)
	j.mu.Unlock()
}

// end notes an exchange that is over. It is a sink.
func (j *journal) end(x exchange) {
	j.mu.Lock()
	j.pending = slices.DeleteFunc(j.pending, func(under *exchange) bool { return under.key == x.key })
	j.append(entry{exchange: x})
	for len(j.kept) > j.hooks || j.size > j.bytes {
		j.letOldestGo()
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

func (j *journal) letOldestGo() {
	e := j.kept[0]
	j.kept[0] = entry{}
	j.kept = j.kept[1:]
	j.size -= e.size()
	j.letGo++
	if j.byID[e.ID].number == e.number {
		delete(j.byID, e.ID)
	}
	if j.sessions[e.session].number == e.number {
		delete(j.sessions, e.session)
	}
}

// size is about what the entry takes in memory.
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

// clear forgets everything and begins a new run.
func (j *journal) clear() {
	j.mu.Lock()
	j.restart()
	j.mu.Unlock()
}

func (j *journal) restart() {
	j.run, j.kept, j.last, j.letGo, j.size = rand.Text(), nil, 0, 0, 0
	j.byID, j.sessions = map[string]mark{}, map[string]mark{}
}

// place is a place in a run: after an entry.
type place struct {
	run   string
	after uint64
}

// extract is a part of the journal.
type extract struct {
	entries []entry
	place   place      // where it ends
	letGo   uint64     // how many are no longer kept
	anew    bool       // what was read before is not of this run
	more    bool       // there are more behind it
	pending []exchange // under way, the oldest
	others  int        // how many more are under way
}

// from returns what follows a place, up to a number of entries; from the start
// where the place is not of this run.
func (j *journal) from(p place, most int) extract {
	j.mu.Lock()
	defer j.mu.Unlock()
	anew := p.run != j.run || p.after > j.last
	if anew {
		p = place{run: j.run}
	}
	first := j.last - uint64(len(j.kept)) // the place before the oldest
	kept := j.kept[max(p.after, first)-first:]
	more := len(kept) > most
	kept = kept[:min(len(kept), most)]
	if len(kept) > 0 {
		p.after = kept[len(kept)-1].number
	}
	e := extract{entries: slices.Clone(kept), place: p, letGo: j.letGo, anew: anew, more: more}
	e.pending, e.others = j.underWay()
	return e
}

// underWay are the oldest that are under way, and how many more there are.
func (j *journal) underWay() (oldest []exchange, others int) {
	const most = 100
	for _, x := range j.pending[:min(len(j.pending), most)] {
		oldest = append(oldest, *x)
	}
	return oldest, len(j.pending) - len(oldest)
}

// find returns an entry of a run, and how often its Webhook-Id has come so
// far; false where it is no longer kept.
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
