package hooktest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wcskit/resthook"
)

// run is a session from its connect on, or from where it was resumed: one
// sessionId may have several, each counting its hooks from 1.
type run struct{ session, mark string }

// runs tells the runs of a session apart: by the mark, which the ids of its hooks
// begin with, and where ids are made otherwise by the connect that came before.
type runs struct {
	latest map[string]string // of each session the mark of its last connect
}

func newRuns() runs { return runs{latest: map[string]string{}} }

func (s runs) of(r Request) run {
	session, mark := r.Session(), r.mark()
	switch {
	case r.Hook == resthook.Connect.Name():
		s.latest[session] = mark
	case mark == "":
		mark = s.latest[session]
	}
	return run{session, mark}
}

// mark is the id of the hook's connect, where its own says so.
func (r Request) mark() string {
	if r.Hook == resthook.Connect.Name() {
		return r.ID()
	}
	if mark, ok := strings.CutSuffix(r.ID(), "."+strconv.FormatUint(r.Sequence(), 10)); ok && r.Sequence() > 0 {
		return mark
	}
	return ""
}

// runsOf returns the hooks that have a sequence, in the order in which they came,
// and the runs in the order of their first one.
func runsOf(requests []Request) (all map[run][]Request, order []run) {
	all = map[run][]Request{}
	tell := newRuns()
	for _, r := range requests {
		own := tell.of(r)
		if r.Sequence() == 0 {
			continue
		}
		if _, known := all[own]; !known {
			order = append(order, own)
		}
		all[own] = append(all[own], r)
	}
	return all, order
}

func bySequence(a, b Request) int { return cmp.Compare(a.Sequence(), b.Sequence()) }

// gaps knows which runs miss a number: those that have come to fewer numbers than
// their highest.
type gaps struct {
	seen int // requests that were looked at
	tell runs
	came map[run]map[uint64]struct{}
	tops map[run]uint64
	open map[run]struct{}
}

func newGaps() *gaps {
	return &gaps{tell: newRuns(), came: map[run]map[uint64]struct{}{}, tops: map[run]uint64{}, open: map[run]struct{}{}}
}

// read takes in the requests that came since.
func (g *gaps) read(requests []Request) {
	for _, r := range requests[g.seen:] {
		if own := g.tell.of(r); r.Sequence() > 0 {
			g.add(own, r.Sequence())
		}
	}
	g.seen = len(requests)
}

func (g *gaps) add(own run, sequence uint64) {
	if g.came[own] == nil {
		g.came[own] = map[uint64]struct{}{}
	}
	g.came[own][sequence] = struct{}{}
	g.tops[own] = max(g.tops[own], sequence)
	if uint64(len(g.came[own])) < g.tops[own] {
		g.open[own] = struct{}{}
	} else {
		delete(g.open, own)
	}
}

func (g *gaps) none() bool { return len(g.open) == 0 }

// history is what came of one session, in the order in which it was made.
type history struct {
	session string
	want    []string

	seen    int // requests that were looked at
	tell    runs
	order   map[run]int
	tops    []uint64 // the highest sequence of each run
	lines   []line
	settled int  // lines before which no other will come
	differs bool // one of those is not the one wanted
}

// line is a hook: the run that it is of, its place there, and what it is called.
type line struct {
	run      int
	sequence uint64
	label    string
}

func newHistory(session string, want []string) *history {
	return &history{session: session, want: want, tell: newRuns(), order: map[run]int{}}
}

// read takes in the requests that came since, repeats left out.
func (h *history) read(requests []Request) {
	for _, r := range requests[h.seen:] {
		if r.Session() == h.session {
			if own := h.tell.of(r); r.Attempt == 1 {
				h.add(h.placed(own, r))
			}
		}
	}
	h.seen = len(requests)
}

// placed is the line of a request. One without a sequence stands behind what came
// of its run before.
func (h *history) placed(own run, r Request) line {
	i, known := h.order[own]
	if !known {
		i = len(h.tops)
		h.order[own], h.tops = i, append(h.tops, 0)
	}
	l := line{i, r.Sequence(), r.label()}
	if l.sequence == 0 && r.Hook != resthook.Connect.Name() {
		l.sequence = h.tops[i]
	}
	h.tops[i] = max(h.tops[i], l.sequence)
	return l
}

func (h *history) add(l line) {
	at, _ := slices.BinarySearchFunc(h.lines, l, func(other, l line) int {
		return cmp.Or(cmp.Compare(other.run, l.run), cmp.Compare(other.sequence, l.sequence), -1) // behind its equals
	})
	h.lines = slices.Insert(h.lines, at, l)
	for h.settled = min(h.settled, at); h.settled < min(len(h.lines), len(h.want)) && h.joined(h.settled); h.settled++ {
		h.differs = h.differs || !told(h.want[h.settled], h.lines[h.settled].label)
	}
}

// joined reports whether nothing can come between a line and the one before. At
// the end of a run something may still be under way.
func (h *history) joined(i int) bool {
	last := line{}
	if i > 0 {
		last = h.lines[i-1]
	}
	l := h.lines[i]
	return l.sequence <= last.sequence+1 && (l.run == last.run || last.sequence == 0)
}

func (h *history) labels() []string {
	labels := make([]string, len(h.lines))
	for i, l := range h.lines {
		labels[i] = l.label
	}
	return labels
}
