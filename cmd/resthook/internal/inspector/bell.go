package inspector

import "sync"

// bell wakes all who wait for a change. The zero bell is ready; it is safe for
// concurrent use.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // nil while nobody waits
}

// wait returns a channel that the next ring closes. Ask for it before looking
// at what may change.
func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

// ring wakes all who wait now. It never blocks.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}
