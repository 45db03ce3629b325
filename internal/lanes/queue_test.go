package lanes_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/lanes"
)

// overhead is what an item takes beside its body.
const overhead = 512

// item is what the tests queue.
type item struct {
	id, owner, lane string
	priority, body  int
	replaces        string
}

func (e *item) size() int { return e.body + overhead }

// lane makes the items of one lane, numbered from 1.
type lane struct {
	owner, name string
	last        int
}

func (l *lane) sized(priority, body int) *item {
	l.last++
	return &item{id: fmt.Sprintf("%s/%s/%d", l.owner, l.name, l.last), owner: l.owner, lane: l.name, priority: priority, body: body}
}

func (l *lane) next(priority int) *item { return l.sized(priority, 0) }

// queue is a Queue of items, by which they can be named.
type queue struct {
	*lanes.Queue[*item]

	taken map[*item]*lanes.Taken[*item]
}

func newQueue(limits lanes.Limits) *queue {
	const many = 1 << 30
	for _, limit := range []*int{&limits.Items, &limits.Size, &limits.LaneItems, &limits.LaneSize} {
		*limit = cmp.Or(*limit, many)
	}
	return &queue{lanes.New[*item](limits), map[*item]*lanes.Taken[*item]{}}
}

// push says what lost its place, the item itself last.
func (q *queue) push(e *item) []string {
	dropped, err := q.Push(lanes.Item[*item]{Value: e, Owner: e.owner, Lane: e.lane, Priority: e.priority, Size: e.size(), Replaces: e.replaces})
	lost := []string{}
	for _, d := range dropped {
		lost = append(lost, d.Value.id+map[bool]string{false: " shed", true: " replaced"}[d.Replaced])
	}
	if err != nil {
		lost = append(lost, e.id+" shed")
	}
	return lost
}

func (q *queue) pull(owners ...string) *item {
	t, err := q.Pull(context.Background(), owners)
	if err != nil {
		return nil
	}
	q.taken[t.Value()] = t
	return t.Value()
}

func (q *queue) done(e *item) { q.taken[e].Done() }

func (q *queue) requeue(e *item, wait time.Duration) { q.taken[e].Requeue(wait, e) }

// ended is a context that has ended.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func ids(items ...*item) []string {
	all := []string{}
	for _, e := range items {
		all = append(all, e.id)
	}
	return all
}

func TestQueueBounds(t *testing.T) {
	t.Parallel()
	const progress, status, closing = 0, 1, 2
	small := overhead + 100
	type push struct {
		session  string
		priority int
		body     int
		want     []string // what loses its place
	}
	for _, row := range []struct {
		name   string
		limits lanes.Limits
		pushes []push
	}{
		{"events of all sessions", lanes.Limits{Items: 3}, []push{
			{"1", closing, 0, nil},
			{"2", status, 0, nil},
			{"3", progress, 0, nil},
			{"4", status, 0, []string{"3/1 shed"}},
			{"5", status, 0, []string{"2/1 shed"}},
			{"6", closing, 0, []string{"4/1 shed"}},
			{"7", progress, 0, []string{"7/1 shed"}}, // the newcomer matters least
			{"8", closing, 0, []string{"5/1 shed"}},
			{"9", status, 0, []string{"9/1 shed"}},
			{"1", closing, 0, []string{"1/1 shed"}}, // the oldest of its priority
		}},
		{"the oldest of a priority goes first", lanes.Limits{Items: 4}, []push{
			{"1", progress, 0, nil},
			{"2", progress, 0, nil},
			{"1", progress, 0, nil},
			{"3", progress, 0, nil},
			{"4", progress, 0, []string{"1/1 shed"}},
			{"4", progress, 0, []string{"2/1 shed"}},
			{"4", progress, 0, []string{"1/2 shed"}},
		}},
		{"bytes of all sessions", lanes.Limits{Size: 3 * small}, []push{
			{"1", status, 100, nil},
			{"2", progress, 100, nil},
			{"3", status, 100, nil},
			{"4", status, 101, []string{"2/1 shed", "1/1 shed"}}, // one byte more than there was
			{"5", closing, 99, nil},                              // room to the last byte
			{"6", progress, 0, []string{"6/1 shed"}},
			{"7", closing, 2*small - overhead, []string{"3/1 shed", "4/1 shed"}},
		}},
		{"events of one session", lanes.Limits{LaneItems: 2}, []push{
			{"1", progress, 0, nil},
			{"1", status, 0, nil},
			{"2", progress, 0, nil},
			{"2", progress, 0, nil}, // of another
			{"1", status, 0, []string{"1/1 shed"}},
			{"1", progress, 0, []string{"1/4 shed"}},
			{"1", closing, 0, []string{"1/2 shed"}},
			{"1", closing, 0, []string{"1/3 shed"}},
			{"1", status, 0, []string{"1/7 shed"}},
			{"1", closing, 0, []string{"1/5 shed"}},
		}},
		{"bytes of one session", lanes.Limits{LaneSize: 2 * small}, []push{
			{"1", progress, 100, nil},
			{"1", status, 100, nil},
			{"2", status, 100, nil},
			{"1", status, 100, []string{"1/1 shed"}},
			{"1", closing, 2*small - overhead, []string{"1/2 shed", "1/3 shed"}},
			{"1", progress, 0, []string{"1/5 shed"}},
			{"2", status, 100, nil},
		}},
		{"an event for which there never is room", lanes.Limits{LaneSize: 2 * small, Size: 4 * small}, []push{
			{"1", status, 100, nil},
			{"1", progress, 100, nil},
			{"1", closing, 2*small - overhead + 1, []string{"1/3 shed"}}, // the others need not go for it
			{"2", closing, 1 << 20, []string{"2/1 shed"}},
			{"2", progress, 100, nil},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(row.limits)
			lines := map[string]*lane{}
			for i, p := range row.pushes {
				l := lines[p.session]
				if l == nil {
					l = &lane{name: p.session}
					lines[p.session] = l
				}
				e := l.sized(p.priority, p.body)
				e.id = e.id[1:] // no app
				assert.Equal(t, append([]string{}, p.want...), q.push(e), "push %d", i+1)
			}
		})
	}
}

func TestQueueBoundsCountWhatIsOut(t *testing.T) {
	t.Parallel()
	q := newQueue(lanes.Limits{Items: 2})
	s := &lane{name: "s"}
	q.push(s.next(0))
	out := q.pull("")
	assert.Empty(t, q.push(s.next(1)))
	assert.Equal(t, []string{"/s/2 shed"}, q.push(s.next(2)), "what is out can't be shed")
	q.done(out)
	assert.Empty(t, q.push(s.next(1)))
	q.requeue(out, 0) // not out any more
	events, _ := q.Load()
	assert.Equal(t, 2, events)
}

func TestQueueShedsWhatWaitsToBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(lanes.Limits{Items: 2})
		s := &lane{owner: "a", name: "s"}
		head, second := s.next(0), s.next(1)
		q.push(head)
		q.push(second)
		q.requeue(q.pull("a"), time.Minute)
		assert.Equal(t, []string{"a/s/1 shed"}, q.push(s.next(1)))
		assert.Same(t, second, q.pull("a"), "its place is the next one's")
		q.done(head) // in vain
		_, err := q.Pull(ended(t), []string{"a"})
		require.ErrorIs(t, err, context.Canceled, "one is out")
		q.Close()
	})
}

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

// modelQueue is the queue as one would write it if time did not matter.
type modelQueue struct {
	limits  lanes.Limits
	waiting []*item // the oldest first
	out     []*item
	due     map[[2]string]time.Time
	fresh   map[*item]bool // was never out
	number  map[*item]int  // as they came
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

// part is what an app takes of the limits.
func (m *modelQueue) part(app string) float64 {
	own := slices.DeleteFunc(slices.Concat(m.waiting, m.out), func(e *item) bool { return e.owner != app })
	return max(float64(len(own))/float64(m.limits.Items), float64(bytesOf(own))/float64(m.limits.Size))
}

// mostOver are the waiting events of the app that is most over its share; of two
// such apps, of that whose event to shed matters less, or is the older one.
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

// ready are the events of an app that Pull may give.
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
			e := q.pull(app) // a deadlock if there is nothing
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
