package lanes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// delivery is a queue with the limiters of its owners, used like workers use them, but
// without goroutines.
type delivery struct {
	q        *Queue[*job]
	limits   Limits
	limiters map[string]*Limiter

	pushed, over int
	left         []*job // in the order of Push, without those at the front that have ended
	out          []attempt
	begun        map[string]int // the number of the newest job that was begun, by lane
	ended        map[*job]bool
	faults       []string
}

type job struct {
	owner, lane string
	number      int
	size        int
}

type attempt struct {
	taken *Taken[*job]
	job   *job
	place Place
}

var modelOwners = []string{"a", "b", "c"}

func newDelivery(workers int) *delivery {
	const overhead = 512
	limits := Limits{Items: 30, Size: 40 * overhead, LaneItems: 8, LaneSize: 10 * overhead}
	d := &delivery{q: New[*job](limits), limits: limits, limiters: map[string]*Limiter{}, begun: map[string]int{}, ended: map[*job]bool{}}
	for _, owner := range modelOwners {
		d.limiters[owner] = NewLimiter(workers, shortPause, longPause)
	}
	return d
}

func (d *delivery) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// push pushes an item and checks that no owner within its share loses an item for it, unless
// another has more than its share out, which cannot be shed.
func (d *delivery) push(owner, lane string, priority, size int, replaces string) {
	d.pushed++
	e := &job{owner: owner, lane: lane, number: d.pushed, size: size + 512}
	d.left = append(d.left, e)
	before := map[string]load{}
	for _, key := range modelOwners {
		before[key] = d.q.owner(key).load
	}
	dropped, err := d.q.Push(Item[*job]{Value: e, Owner: owner, Lane: lane, Priority: priority, Size: e.size, Replaces: replaces})
	outOver := slices.ContainsFunc(modelOwners, func(key string) bool { return d.overShare(d.outOf(key)) })
	for _, drop := range dropped {
		d.end(drop.Value)
		taken := before[drop.Value.owner]
		if drop.Value.owner != owner && !drop.Replaced && !outOver && !d.overShare(taken) {
			d.fault("owner %s lost an item to %s, and had %v, which is below its share", drop.Value.owner, owner, taken)
		}
	}
	if err != nil {
		d.end(e)
	}
}

func (d *delivery) overShare(l load) bool {
	return l.over(d.limits.Items/len(modelOwners), d.limits.Size/len(modelOwners))
}

// outOf is what an owner has out.
func (d *delivery) outOf(owner string) (l load) {
	for _, a := range d.out {
		if a.job.owner == owner {
			l.add(1, a.job.size)
		}
	}
	return l
}

func (d *delivery) end(e *job) {
	if d.ended[e] {
		d.fault("item %d ended twice", e.number)
	}
	d.ended[e] = true
	d.over++
}

// begin begins an attempt like a worker, unless the worker would have to wait.
func (d *delivery) begin(owner string) {
	l := d.limiters[owner]
	if !l.all.open() || d.q.owner(owner).first == nil {
		return
	}
	l.Enter()
	taken, _ := d.q.Pull(context.Background(), []string{owner})
	e := taken.Value()
	for _, other := range d.out {
		if other.job.owner == e.owner && other.job.lane == e.lane {
			d.fault("lane %s has two out", e.lane)
		}
	}
	if e.number < d.begun[owner+e.lane] {
		d.fault("lane %s: %d after %d", e.lane, e.number, d.begun[owner+e.lane])
	}
	d.begun[owner+e.lane] = e.number
	p, wait, ok := l.Admit(e.lane)
	if !ok {
		taken.Requeue(wait, e)
		return
	}
	d.out = append(d.out, attempt{taken, e, p})
}

// finish ends an attempt.
func (d *delivery) finish(i int, s Signal, again bool, wait time.Duration) {
	a := d.out[i]
	d.out = slices.Delete(d.out, i, i+1)
	d.limiters[a.job.owner].Leave(a.place, s)
	if again {
		a.taken.Requeue(wait, a.job)
		return
	}
	a.taken.Done()
	d.end(a.job)
}

// check checks the invariants.
func (d *delivery) check() {
	queued := 0
	for _, o := range d.q.owners {
		queued += o.waiting.count()
	}
	if all := queued + len(d.out) + d.over; all != d.pushed {
		d.fault("pushed %d = queued %d + out %d + over %d", d.pushed, queued, len(d.out), d.over)
	}
	if items, size := d.q.Load(); items != queued+len(d.out) || items > d.limits.Items+len(d.out) || size > d.limits.Size+len(d.out)*12*512 {
		d.fault("the queue has %d items and a size of %d", items, size)
	}
	for len(d.left) > 0 && d.ended[d.left[0]] {
		d.left = d.left[1:]
	}
	if oldest, ok := d.q.Oldest(); ok != (len(d.left) > 0) || ok && oldest != d.left[0] {
		d.fault("the oldest is %v, and the queue has %d items", oldest, len(d.left))
	}
	for owner, l := range d.limiters {
		d.checkLimiter(owner, l)
	}
}

func (d *delivery) checkLimiter(owner string, l *Limiter) {
	ranks := map[rank]int{}
	for _, a := range d.out {
		if a.job.owner == owner {
			ranks[a.place.rank]++
		}
	}
	all := ranks[healthy] + ranks[unknown] + ranks[failing]
	if all != l.all.out || all > l.all.most || ranks[failing] != l.failing.out || ranks[failing] > l.failing.most ||
		ranks[failing]+ranks[unknown] != l.doubtful.out || l.doubtful.out > l.doubtful.most {
		d.fault("owner %s: in flight %v, counted %d, %d, %d", owner, ranks, l.all.out, l.doubtful.out, l.failing.out)
	}
}

// Over random programs no item is lost or ends twice, each lane keeps its order with one
// item given out, each owner keeps its share, and each rank of lanes keeps to its places.
func TestQueueAndLimiterInvariants(t *testing.T) {
	t.Parallel()
	for seed := range 200 {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		program := make([]byte, 6*(1+random.IntN(300)))
		for i := range program {
			program[i] = byte(random.UintN(256))
		}
		checkDelivery(t, program, uint(seed))
	}
}

func FuzzDelivery(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x03\x01\x00\x00\x00\x00\x06\x00\x01\x01\x10\x00\x07\xff\x00\x00\x00\x00"), uint(1))
	f.Fuzz(func(t *testing.T, program []byte, workers uint) {
		checkDelivery(t, program[:min(len(program), 6*300)], workers)
	})
}

// checkDelivery runs a program of steps of six bytes.
func checkDelivery(t *testing.T, program []byte, workers uint) {
	t.Helper()
	d := newDelivery(1 << (workers % 4))
	synctest.Test(t, func(*testing.T) { d.run(program) })
	if len(d.faults) > 0 {
		t.Fatalf("%v, %d: %v", program, workers, d.faults)
	}
}

func (d *delivery) run(program []byte) {
	for ; len(program) >= 6; program = program[6:] {
		var s [6]int
		for i := range s {
			s[i] = int(program[i])
		}
		owner := modelOwners[s[1]%len(modelOwners)]
		switch s[0] % 8 {
		case 0, 1, 2:
			d.push(owner, strconv.Itoa(s[2]%5), s[3]%Priorities, []int{0, 100, 2000}[s[4]%3], []string{"", "", "x"}[s[5]%3])
		case 3, 4, 5:
			d.begin(owner)
		case 6:
			if len(d.out) > 0 {
				d.finish(s[1]%len(d.out), Signal(s[2]%5), s[3]%2 == 0, time.Duration(s[4])*10*time.Millisecond)
			}
		case 7:
			time.Sleep(time.Duration(s[1]) * 10 * time.Millisecond)
			synctest.Wait()
		}
		d.check()
	}
	for _, e := range d.q.Close() {
		d.end(e)
	}
	if d.over != d.pushed {
		d.fault("pushed %d, over %d", d.pushed, d.over)
	}
	for _, l := range d.limiters {
		l.Close()
	}
}
