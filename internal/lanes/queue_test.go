package lanes_test

import (
	"cmp"
	"context"
	"fmt"
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

// queue is a Queue with the Taken of each item.
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

// push returns the ids of the items that were dropped, the item itself last.
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

// A priority out of range counts as the nearest one.
func TestQueuePriorities(t *testing.T) {
	t.Parallel()
	q, l := newQueue(lanes.Limits{Items: 2}), &lane{owner: "a"}
	assert.Empty(t, q.push(l.next(lanes.Priorities)))
	assert.Empty(t, q.push(l.next(-1)))
	assert.Equal(t, []string{"a//2 shed"}, q.push(l.next(0)))
}

func TestQueueBounds(t *testing.T) {
	t.Parallel()
	const progress, status, closing = 0, 1, 2
	small := overhead + 100
	type push struct {
		session  string
		priority int
		body     int
		want     []string // the items that are dropped
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
			{"7", progress, 0, []string{"7/1 shed"}}, // the newcomer has the lowest priority
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
			{"4", status, 101, []string{"2/1 shed", "1/1 shed"}}, // one byte larger than 2/1
			{"5", closing, 99, nil},                              // exactly what is left
			{"6", progress, 0, []string{"6/1 shed"}},
			{"7", closing, 2*small - overhead, []string{"3/1 shed", "4/1 shed"}},
		}},
		{"events of one session", lanes.Limits{LaneItems: 2}, []push{
			{"1", progress, 0, nil},
			{"1", status, 0, nil},
			{"2", progress, 0, nil},
			{"2", progress, 0, nil}, // of another session
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
		{"an event that is larger than a limit", lanes.Limits{LaneSize: 2 * small, Size: 4 * small}, []push{
			{"1", status, 100, nil},
			{"1", progress, 100, nil},
			{"1", closing, 2*small - overhead + 1, []string{"1/3 shed"}}, // the others are not dropped for it
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
	assert.Equal(t, []string{"/s/2 shed"}, q.push(s.next(2)), "an item that is given out is not shed")
	q.done(out)
	assert.Empty(t, q.push(s.next(1)))
	q.requeue(out, 0) // too late
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
		assert.Same(t, second, q.pull("a"), "the next one becomes the head")
		q.done(head) // does nothing
		_, err := q.Pull(ended(t), []string{"a"})
		require.ErrorIs(t, err, context.Canceled, "one is out")
		q.Close()
	})
}
