package lanes

// An item that waits is in a list of its lane and one of its owner. Each item, also one that is
// given out, is in the list of the queue.
const (
	ofLane = iota
	ofOwner
	ofQueue

	lists
)

// links are an entry's neighbours in a list.
type links[V any] struct{ before, after *entry[V] }

// list is a linked list whose links are in the entries (an intrusive list): a queue may
// hold very many.
type list[V any] struct {
	which       int // ofLane, ofOwner or ofQueue
	first, last *entry[V]
	count       int
}

func (l *list[V]) pushBack(n *entry[V]) {
	n.links[l.which] = links[V]{before: l.last}
	if l.last == nil {
		l.first = n
	} else {
		l.last.links[l.which].after = n
	}
	l.last = n
	l.count++
}

func (l *list[V]) pushFront(n *entry[V]) {
	n.links[l.which] = links[V]{after: l.first}
	if l.first == nil {
		l.last = n
	} else {
		l.first.links[l.which].before = n
	}
	l.first = n
	l.count++
}

func (l *list[V]) remove(n *entry[V]) {
	at := n.links[l.which]
	if at.before == nil {
		l.first = at.after
	} else {
		at.before.links[l.which].after = at.after
	}
	if at.after == nil {
		l.last = at.before
	} else {
		at.after.links[l.which].before = at.before
	}
	n.links[l.which] = links[V]{}
	l.count--
}

// byPriority is a list for each priority.
type byPriority[V any] [Priorities]list[V]

func newByPriority[V any](which int) (b byPriority[V]) {
	for i := range b {
		b[i].which = which
	}
	return b
}

// least is the oldest entry of the lowest priority, or nil.
func (b *byPriority[V]) least() *entry[V] {
	for i := range b {
		if n := b[i].first; n != nil {
			return n
		}
	}
	return nil
}

// oldest is the oldest entry of all priorities, or nil.
func (b *byPriority[V]) oldest() (oldest *entry[V]) {
	for i := range b {
		if n := b[i].first; n != nil && (oldest == nil || n.number < oldest.number) {
			oldest = n
		}
	}
	return oldest
}

func (b *byPriority[V]) count() (n int) {
	for i := range b {
		n += b[i].count
	}
	return n
}
