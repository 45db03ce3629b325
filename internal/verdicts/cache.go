package verdicts

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/pending"
)

// Verdict is the outcome of asking.
type Verdict int

const (
	// Abandoned means that the caller who asked gave up, or that asking panicked. Each
	// caller who waits asks again.
	Abandoned Verdict = iota
	// Failed means that there is no answer. Callers who wait get the error. It is not
	// remembered.
	Failed
	// Allowed is remembered for [Lifetimes.Allowed].
	Allowed
	// Denied is remembered for [Lifetimes.Denied].
	Denied
)

// Digest is a hash of a text: it takes the same memory for a text of any length.
type Digest [sha256.Size]byte

// DigestOf hashes a text.
func DigestOf(text []byte) Digest { return sha256.Sum256(text) }

// Question is what is asked, and its group. The zero group is none.
type Question struct{ Group, Asked Digest }

// Lifetimes are how long answers are remembered. With 0 or less they are not.
type Lifetimes struct{ Allowed, Denied time.Duration }

// Options bound a cache. The functions may be nil.
type Options struct {
	Limit   int                // of allowed answers, and of denied answers
	Group   int                // of the answers in a group; the oldest is dropped
	Keep    func(error) error  // makes the error to remember, for all callers but the one who asked
	Dropped func(count uint64) // reports answers dropped at the Limit, at most once a minute
}

// Cache remembers answers. It is safe for concurrent use. Dropped and the ask functions
// are called without a lock, Keep is called under it.
type Cache struct {
	o Options

	mu              sync.Mutex
	entries         map[Question]*entry // awaited or remembered
	groups          map[Digest]*group
	allowed, denied byAge
	closed          bool
	dropped         uint64
	unreported      uint64    // dropped answers that were not reported yet
	reported        time.Time // when Dropped was called last
}

// New makes a cache.
func New(o Options) *Cache { return &Cache{o: o} }

// Ask returns the error of the remembered answer. Without one, it waits for the answer if
// another caller is asking, and else calls ask. If ctx ends while another caller is asking,
// it returns false.
func (c *Cache) Ask(ctx context.Context, q Question, keep Lifetimes, ask func() (Verdict, error)) (answered bool, err error) {
	for {
		e, wait, first := c.find(q, keep)
		if first {
			return true, c.ask(e, keep, ask)
		}
		if wait != nil && !pending.Wait(ctx, wait) {
			return false, nil
		}
		if e.verdict != Abandoned {
			return true, e.err
		}
	}
}

// find returns the entry of a question. If first, the caller has to ask; else, if wait is
// not nil, the caller has to wait; else the entry has the answer.
func (c *Cache) find(q Question, keep Lifetimes) (e *entry, wait <-chan struct{}, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[q]; e != nil && e.group == c.groups[q.Group] {
		if e.list == nil {
			return e, e.done, false
		}
		if e.fresh(time.Now(), keep) {
			return e, nil, false
		}
		c.drop(e)
	}
	return c.await(q), nil, true
}

// await makes an entry whose answer is awaited.
func (c *Cache) await(q Question) *entry {
	e := &entry{question: q, done: make(chan struct{})}
	if q.Group != (Digest{}) {
		e.group = c.groups[q.Group]
		if e.group == nil {
			e.group = &group{}
			put(&c.groups, q.Group, e.group)
		}
		e.group.awaited++
	}
	put(&c.entries, q, e)
	return e
}

// ask gets the answer, also for the callers who wait for it.
func (c *Cache) ask(e *entry, keep Lifetimes, ask func() (Verdict, error)) (err error) {
	verdict := Abandoned
	defer func() {
		if n := c.answer(e, verdict, err, keep); n > 0 && c.o.Dropped != nil {
			c.o.Dropped(n)
		}
	}()
	verdict, err = ask()
	return err
}

// answer sets the answer of an entry and remembers it if it has a lifetime. It returns how
// many dropped answers are to be reported.
func (c *Cache) answer(e *entry, verdict Verdict, err error, keep Lifetimes) (dropped uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	e.verdict, e.at, e.err = verdict, now, c.kept(err)
	close(e.done)
	list, life := c.listOf(verdict, keep)
	forgotten := c.closed || e.group != c.groups[e.question.Group]
	if life > 0 && !forgotten {
		c.remember(e, list, now.Add(life))
	} else if c.entries[e.question] == e {
		remove(&c.entries, e.question)
	}
	if e.group != nil {
		e.group.awaited--
		c.release(e)
	}
	return c.report(now)
}

func (c *Cache) kept(err error) error {
	if err == nil || c.o.Keep == nil {
		return err
	}
	return c.o.Keep(err)
}

// listOf is the list in which an answer is remembered, and for how long.
func (c *Cache) listOf(verdict Verdict, keep Lifetimes) (*byAge, time.Duration) {
	switch verdict {
	case Allowed:
		return &c.allowed, keep.Allowed
	case Denied:
		return &c.denied, keep.Denied
	case Abandoned, Failed:
	}
	return nil, 0
}

// report returns how many dropped answers are to be reported now.
func (c *Cache) report(now time.Time) uint64 {
	if c.unreported == 0 || now.Sub(c.reported) < time.Minute {
		return 0
	}
	n := c.unreported
	c.unreported, c.reported = 0, now
	return n
}

// Forget drops the answers of a group. Those that are awaited will not be remembered.
func (c *Cache) Forget(group Digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.groups[group]
	if g == nil {
		return
	}
	for len(g.answers) > 0 {
		c.drop(g.answers[0])
	}
	remove(&c.groups, group)
}

// Stats is how many answers are remembered, and how many were dropped at the Limit.
func (c *Cache) Stats() (remembered int, dropped uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.allowed.Len() + c.denied.Len(), c.dropped
}

// Close drops all answers and lets no further one be remembered. Ask still asks.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, list := range []*byAge{&c.allowed, &c.denied} {
		if list.timer != nil {
			list.timer.Stop()
		}
		for list.Len() > 0 {
			c.drop(list.oldest())
		}
	}
}
