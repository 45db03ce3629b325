package hooktest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wcskit/resthook"
)

// run is a session from its connect, or from where it was resumed. One sessionId may have
// several runs, each of which counts its hooks from 1.
type run struct{ session, mark string }

// runs finds the run of a request: by its mark, which is the common beginning of the hooks'
// ids, or for other ids by the last connect.
type runs struct {
	connected map[run]struct{}  // those that a connect began
	latest    map[string]string // for each session, the mark of its last connect
	resumed   map[string]string // for each session, the mark with which it was resumed since
}

func newRuns() runs {
	return runs{connected: map[run]struct{}{}, latest: map[string]string{}, resumed: map[string]string{}}
}

func (s runs) of(r Request) run {
	own := run{r.Session(), r.mark()}
	_, connected := s.connected[own]
	switch {
	case r.Hook == resthook.Connect.Name():
		s.connected[own], s.latest[own.session] = struct{}{}, own.mark
		delete(s.resumed, own.session)
	case own.mark == "":
		own.mark = s.latest[own.session]
	case r.isClosing():
		own.mark = cmp.Or(s.resumed[own.session], own.mark)
	case !connected:
		s.resumed[own.session] = own.mark
	}
	return own
}

// closingID is the end of the id that a journal has given to a closing event. Before it is the
// id of the hook that opened what ends, perhaps before the session was resumed.
const closingID = ".end"

func (r Request) isClosing() bool { return strings.HasSuffix(r.ID(), closingID) }

// mark is the id of the hook's connect, if the hook's own id contains it.
func (r Request) mark() string {
	if r.Hook == resthook.Connect.Name() {
		return r.ID()
	}
	if opening, ok := strings.CutSuffix(r.ID(), closingID); ok {
		if r.Hook != resthook.ConnectionStatusEvent.Name() {
			opening = opening[:max(0, strings.LastIndexByte(opening, '.'))] // without the sequence
		}
		return opening
	}
	if mark, ok := strings.CutSuffix(r.ID(), "."+strconv.FormatUint(r.Sequence(), 10)); ok && r.Sequence() > 0 {
		return mark
	}
	return ""
}

// runsOf returns the hooks with a sequence, in the order in which they came, and the runs
// in the order of their first hook.
func runsOf(requests []Request) (all map[run][]Request, order []run) {
	all = map[run][]Request{}
	runs := newRuns()
	for _, r := range requests {
		own := runs.of(r)
		if r.Sequence() == 0 {
			continue
		}
		if _, exists := all[own]; !exists {
			order = append(order, own)
		}
		all[own] = append(all[own], r)
	}
	return all, order
}

func bySequence(a, b Request) int { return cmp.Compare(a.Sequence(), b.Sequence()) }

// gaps finds the runs that miss a number: those with fewer different numbers than their
// highest one.
type gaps struct {
	seen int // requests that have been read
	runs runs
	came map[run]map[uint64]struct{}
	tops map[run]uint64
	open map[run]struct{}
}

func newGaps() *gaps {
	return &gaps{runs: newRuns(), came: map[run]map[uint64]struct{}{}, tops: map[run]uint64{}, open: map[run]struct{}{}}
}

// read reads the new requests.
func (g *gaps) read(requests []Request) {
	for _, r := range requests[g.seen:] {
		if own := g.runs.of(r); r.Sequence() > 0 {
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

// history is the hooks of one session, in the order in which they were made.
type history struct {
	session string
	want    []string

	seen    int // requests that have been read
	runs    runs
	order   map[run]int
	tops    []uint64 // the highest sequence of each run
	lines   []line
	final   int  // how many of the first lines cannot change any more
	differs bool // one of those is not the wanted one
}

// line is a hook: its run, its sequence in the run, and its name with the status.
type line struct {
	run      int
	sequence uint64
	label    string
}

func newHistory(session string, want []string) *history {
	return &history{session: session, want: want, runs: newRuns(), order: map[run]int{}}
}

// read reads the new requests, without repeats.
func (h *history) read(requests []Request) {
	for _, r := range requests[h.seen:] {
		if r.Session() == h.session {
			if own := h.runs.of(r); r.Attempt == 1 {
				h.add(h.placed(own, r))
			}
		}
	}
	h.seen = len(requests)
}

// placed is the line of a request. A request without a sequence comes after the ones of its
// run so far.
func (h *history) placed(own run, r Request) line {
	i, exists := h.order[own]
	if !exists {
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
		return cmp.Or(cmp.Compare(other.run, l.run), cmp.Compare(other.sequence, l.sequence), -1) // after equal ones
	})
	h.lines = slices.Insert(h.lines, at, l)
	for h.final = min(h.final, at); h.final < min(len(h.lines), len(h.want)) && h.joined(h.final); h.final++ {
		h.differs = h.differs || !isWanted(h.want[h.final], h.lines[h.final].label)
	}
}

// joined reports whether no hook can come between a line and the one before. At the end of
// a run, hooks may still be in flight.
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
