package lanes_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/lanes"
)

// TestQueueProgram runs random programs against a model of the queue.
func TestQueueProgram(t *testing.T) {
	t.Parallel()
	for seed := range 300 {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		program := make([]byte, 400)
		for i := range program {
			program[i] = byte(random.UintN(256))
		}
		synctest.Test(t, func(t *testing.T) { runQueueProgram(t, program) })
	}
}

func FuzzQueue(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte("push pull again push done sleep close"))
	f.Fuzz(func(t *testing.T, program []byte) {
		synctest.Test(t, func(t *testing.T) { runQueueProgram(t, program[:min(len(program), 4096)]) })
	})
}

// modelQueue is a queue that is simple and slow.
type modelQueue struct {
	limits  lanes.Limits
	waiting []*item // the oldest first
	out     []*item
	due     map[[2]string]time.Time
	fresh   map[*item]bool // never given out
	number  map[*item]int  // in the order of push
}

func laneOf(e *item) [2]string { return [2]string{e.owner, e.lane} }

func (m *modelQueue) lane(of [2]string) []*item {
	return slices.DeleteFunc(slices.Clone(m.waiting), func(e *item) bool { return laneOf(e) != of })
}

func (m *modelQueue) outOf(lane [2]string) bool {
	return slices.ContainsFunc(m.out, func(e *item) bool { return laneOf(e) == lane })
}

func (m *modelQueue) drop(e *item) {
	i := slices.Index(m.waiting, e)
	m.waiting = slices.Delete(m.waiting, i, i+1)
	if lane := laneOf(e); len(m.lane(lane)) == 0 && !m.outOf(lane) {
		delete(m.due, lane)
	}
}

func bytesOf(events []*item) int {
	n := 0
	for _, e := range events {
		n += e.body + overhead
	}
	return n
}

func least(events []*item) *item {
	return slices.MinFunc(events, func(a, b *item) int { return a.priority - b.priority })
}

func (m *modelQueue) push(e *item) []string {
	if size := e.body + overhead; size > m.limits.Size || size > m.limits.LaneSize {
		return []string{e.id + " shed"}
	}
	lost := []string{}
	lane := laneOf(e)
	m.waiting = append(m.waiting, e)
	m.number[e] = len(m.number)
	for _, old := range m.lane(lane) {
		if old != e && e.replaces != "" && old.replaces == e.replaces && m.fresh[old] {
			m.drop(old)
			lost = append(lost, old.id+" replaced")
		}
	}
	m.fresh[e] = true
	shed := func(from []*item) {
		victim := least(from)
		m.drop(victim)
		lost = append(lost, victim.id+" shed")
	}
	ownOut := slices.DeleteFunc(slices.Clone(m.out), func(e *item) bool { return laneOf(e) != lane })
	for own := m.lane(lane); len(own) > m.limits.LaneItems || len(own) > 0 && bytesOf(own)+bytesOf(ownOut) > m.limits.LaneSize; own = m.lane(lane) {
		shed(own)
	}
	for len(m.waiting) > 0 && (len(m.waiting)+len(m.out) > m.limits.Items || bytesOf(m.waiting)+bytesOf(m.out) > m.limits.Size) {
		shed(m.mostOver())
	}
	return lost
}

// part is the part of the limits that an app uses.
func (m *modelQueue) part(app string) float64 {
	own := slices.DeleteFunc(slices.Concat(m.waiting, m.out), func(e *item) bool { return e.owner != app })
	return max(float64(len(own))/float64(m.limits.Items), float64(bytesOf(own))/float64(m.limits.Size))
}

// mostOver returns the waiting items of the app that exceeds its share most. If two apps
// do, it is the one whose item to shed has the lower priority, then the older one.
func (m *modelQueue) mostOver() []*item {
	first := slices.MinFunc(m.waiting, func(a, b *item) int {
		return cmp.Or(cmp.Compare(m.part(b.owner), m.part(a.owner)), cmp.Compare(a.priority, b.priority), cmp.Compare(m.number[m.leastOf(a.owner)], m.number[m.leastOf(b.owner)]))
	})
	return m.of(first.owner)
}

func (m *modelQueue) of(app string) []*item {
	return slices.DeleteFunc(slices.Clone(m.waiting), func(e *item) bool { return e.owner != app })
}

func (m *modelQueue) leastOf(app string) *item { return least(m.of(app)) }

// ready returns the items of an app that Pull may give out.
func (m *modelQueue) ready(app string) []*item {
	var heads []*item
	met := map[[2]string]bool{}
	for _, e := range m.waiting {
		lane := laneOf(e)
		if e.owner != app || met[lane] {
			continue
		}
		met[lane] = true
		if !m.outOf(lane) && !time.Now().Before(m.due[lane]) {
			heads = append(heads, e)
		}
	}
	return heads
}

// queueProgram reads a program, a byte at a time.
type queueProgram struct{ rest []byte }

func (p *queueProgram) pick(n int) int {
	if len(p.rest) == 0 {
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return int(b) % n
}

func runQueueProgram(t *testing.T, program []byte) {
	t.Helper()
	limits := lanes.Limits{Items: 12, Size: 14 * overhead, LaneItems: 5, LaneSize: 4 * overhead}
	q := newQueue(limits)
	m := &modelQueue{limits: limits, due: map[[2]string]time.Time{}, fresh: map[*item]bool{}, number: map[*item]int{}}
	apps := []string{"", "a", "b"}
	lines := map[[2]string]*lane{}
	p := &queueProgram{program}
	for step := 0; len(p.rest) > 0; step++ {
		switch p.pick(9) {
		case 0, 1, 2, 3:
			key := [2]string{apps[p.pick(len(apps))], strconv.Itoa(p.pick(4))}
			if lines[key] == nil {
				lines[key] = &lane{owner: key[0], name: key[1]}
			}
			e := lines[key].sized(p.pick(3), []int{0, 1, overhead, 2 * overhead, 4 * overhead}[p.pick(5)])
			e.replaces = []string{"", "", "x", "y"}[p.pick(4)]
			want := m.push(e)
			require.Equal(t, want, q.push(e), "step %d: push %s", step, e.id)
		case 4, 5:
			app := apps[p.pick(len(apps))]
			ready := m.ready(app)
			if len(ready) == 0 {
				continue
			}
			e := q.pull(app) // blocks if the queue has nothing ready
			require.Contains(t, ready, e, "step %d: pull", step)
			m.drop(e)
			m.out = append(m.out, e)
			delete(m.fresh, e)
			delete(m.due, laneOf(e))
		case 6, 7:
			if len(m.out) == 0 {
				continue
			}
			i := p.pick(len(m.out))
			e := m.out[i]
			m.out = slices.Delete(m.out, i, i+1)
			if p.pick(2) == 0 {
				q.done(e)
				break
			}
			wait := time.Duration(p.pick(4)) * time.Second
			q.requeue(e, wait)
			m.waiting = slices.Insert(m.waiting, 0, e)
			m.due[laneOf(e)] = time.Now().Add(wait)
		case 8:
			time.Sleep(time.Duration(p.pick(3)) * 500 * time.Millisecond)
			synctest.Wait()
		}
		events, bytes := q.Load()
		require.Equal(t, len(m.waiting)+len(m.out), events, "step %d", step)
		require.Equal(t, bytesOf(m.waiting)+bytesOf(m.out), bytes, "step %d", step)
	}
	left := q.Close()
	require.Len(t, left, len(m.waiting)+len(m.out))
	for lane := range lines {
		own := slices.DeleteFunc(slices.Clone(left), func(e *item) bool { return laneOf(e) != lane })
		ownOut := slices.DeleteFunc(slices.Clone(m.out), func(e *item) bool { return laneOf(e) != lane })
		require.Equal(t, ids(append(ownOut, m.lane(lane)...)...), ids(own...), "left of %v", lane)
	}
	for _, e := range m.out {
		q.done(e)
	}
	events, bytes := q.Load()
	require.Zero(t, events)
	require.Zero(t, bytes)
}

func ids(items ...*item) []string {
	all := []string{}
	for _, e := range items {
		all = append(all, e.id)
	}
	return all
}
