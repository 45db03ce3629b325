package verdicts

import (
	"container/list"
	"slices"
	"time"
)

// entry is an answer that is awaited or remembered.
type entry struct {
	question Question
	group    *group        // nil if the question is in none
	done     chan struct{} // closed when the answer is set; nil once it is remembered
	verdict  Verdict
	err      error
	at       time.Time     // of the answer
	until    time.Time     // the end of its lifetime
	list     *byAge        // nil unless it is remembered
	place    *list.Element // in the list
}

// fresh reports whether the answer may be used, also if lifetimes have become shorter.
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

// byAge holds answers with the same lifetime, the oldest first. A timer removes them when
// it is over.
type byAge struct {
	list.List // of *entry

	timer *time.Timer // nil if the list is empty
}

func (l *byAge) oldest() *entry {
	e, _ := l.Front().Value.(*entry)
	return e
}

// remember puts an answer on a list. At the limit, the oldest answer is dropped.
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

// clear drops the answers whose lifetime is over.
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

// drop removes an answer.
func (c *Cache) drop(e *entry) {
	e.list.Remove(e.place)
	remove(&c.entries, e.question)
	if e.group != nil {
		e.group.answers = slices.DeleteFunc(e.group.answers, func(other *entry) bool { return other == e })
		c.release(e)
	}
}

// release removes the group of an entry if it has no answers.
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

// remove also frees a map that becomes empty: maps do not shrink.
func remove[K comparable, V any](m *map[K]V, key K) {
	delete(*m, key)
	if len(*m) == 0 {
		*m = nil
	}
}
