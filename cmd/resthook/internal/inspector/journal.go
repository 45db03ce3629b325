package inspector

import (
	"crypto/rand"
	"sync"
	"time"
)

// How much of a run is kept for the page.
const (
	journalHooks = 5000
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

// journal keeps the newest exchanges of the run, up to a number and a size. It
// is safe for concurrent use.
type journal struct {
	changed func()
	hooks   int // at most
	bytes   int // at most, of all entries together

	mu       sync.Mutex
	run      string  // changes when the journal is cleared
	kept     []entry // by number, without gaps
	last     uint64  // the number of the newest
	letGo    uint64  // how many are no longer kept
	size     int
	byID     map[string]entry // the newest of each Webhook-Id that is kept
	sessions map[string]entry // the newest of each session that is kept
}

// newJournal returns an empty journal; changed is called after each change.
func newJournal(hooks, bytes int, changed func()) *journal {
	j := &journal{changed: changed, hooks: hooks, bytes: bytes}
	j.restart()
	return j
}

// add is a sink.
func (j *journal) add(x exchange) {
	j.mu.Lock()
	j.append(entry{exchange: x})
	for len(j.kept) > j.hooks || j.size > j.bytes {
		j.letOldestGo()
	}
	j.mu.Unlock()
	j.changed()
}

func (j *journal) append(e entry) {
	j.last++
	e.number = j.last
	if e.ID != "" {
		e.attempt = j.byID[e.ID].attempt + 1
		j.byID[e.ID] = e
	}
	if e.session != "" {
		before, known := j.sessions[e.session]
		e.since, e.previous = e.Time.Sub(before.Time), known
		j.sessions[e.session] = e
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
	size := rest + len(e.Request) + 2*len(e.Method)
	if len(e.Answer) > 0 && (len(e.Request) == 0 || &e.Answer[0] != &e.Request[0]) {
		size += len(e.Answer)
	}
	for _, header := range e.headers {
		size += len(header[1])
	}
	return size
}

// clear forgets everything and begins a new run.
func (j *journal) clear() {
	j.mu.Lock()
	j.restart()
	j.mu.Unlock()
	j.changed()
}

func (j *journal) restart() {
	j.run, j.kept, j.last, j.letGo, j.size = rand.Text(), nil, 0, 0, 0
	j.byID, j.sessions = map[string]entry{}, map[string]entry{}
}

// place is a place in a run: after an entry.
type place struct {
	run   string
	after uint64
}

// extract is a part of the journal.
type extract struct {
	entries []entry
	place   place  // where it ends
	letGo   uint64 // how many are no longer kept
	anew    bool   // what was read before is not of this run
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
	kept = kept[:min(len(kept), most)]
	if len(kept) > 0 {
		p.after = kept[len(kept)-1].number
	}
	return extract{entries: append([]entry(nil), kept...), place: p, letGo: j.letGo, anew: anew}
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
