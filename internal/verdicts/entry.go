package verdicts

import (
	"container/list"
	"slices"
	"time"
)

// entry is an answer, or the wait for one.
type entry struct {
	question Question
	group    *group        // nil where the question is in none
	done     chan struct{} // closed when the answer is there, which is then set; nil where it is remembered
	verdict  Verdict
	err      error
	at       time.Time // of the answer
	until    time.Time
	list     *byAge        // nil while it is awaited, and where it is not remembered
	place    *list.Element // there
}

// fresh reports whether the answer still holds. Lifetimes may have become shorter.
func (e *entry) fresh(now time.Time, keep Lifetimes) bool {
	life := keep.Allowed
	if e.verdict == Denied {
		life = keep.Denied
	}
	return now.Before(e.until) && now.Before(e.at.Add(life))
}

// group holds the entries of a group.
type group struct {
	awaited int
	answers []*entry // the oldest first
}

// byAge holds answers that are remembered for equally long: the first to come is the
// first to go. A timer clears it.
type byAge struct {
	list.List // of *entry

	timer *time.Timer // nil where it is empty
}

func (l *byAge) oldest() *entry {
	e, _ := l.Front().Value.(*entry)
	return e
}

// remember puts an answer on a list. The oldest goes where there is no room.
func (c *Cache) remember(e *entry, to *byAge, until time.Time) {
	e.list, e.until, e.place, e.done = to, until, to.PushBack(e), nil
	if e.group != nil {
		e.group.answers = append(e.group.answers, e)
		if len(e.group.answers) > c.o.Group {
			c.drop(e.group.answers[0])
		}
	}
	if to.Len() > c.o.Limit {
		c.drop(to.oldest())
		c.dropped++
		c.unreported++
	}
	if to.timer == nil {
		to.timer = time.AfterFunc(time.Until(to.oldest().until), func() { c.clear(to) })
	}
}

// clear drops what is out of date.
func (c *Cache) clear(l *byAge) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l.timer = nil; l.Len() > 0; {
		if wait := time.Until(l.oldest().until); wait > 0 {
			l.timer = time.AfterFunc(wait, func() { c.clear(l) })
			return
		}
		c.drop(l.oldest())
	}
}

// drop forgets an answer.
func (c *Cache) drop(e *entry) {
	e.list.Remove(e.place)
	remove(&c.entries, e.question)
	if e.group != nil {
		e.group.answers = slices.DeleteFunc(e.group.answers, func(other *entry) bool { return other == e })
		c.release(e)
	}
}

// release forgets a group of which nothing is remembered or awaited.
func (c *Cache) release(e *entry) {
	if e.group.awaited > 0 || len(e.group.answers) > 0 || c.groups[e.question.Group] != e.group {
		return
	}
	remove(&c.groups, e.question.Group)
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// remove drops an empty map, which keeps the size that it had.
func remove[K comparable, V any](m *map[K]V, key K) {
	delete(*m, key)
	if len(*m) == 0 {
		*m = nil
	}
}
