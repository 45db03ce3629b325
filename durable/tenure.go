package durable

import (
	"context"
	"sync"
	"time"
)

// How long a node that gets no renewal confirmed starts deliveries, and lets those under way go on.
// Others take it for dead after five seconds at the earliest.
const (
	startsFor = 3 * time.Second
	goesOnFor = 4 * time.Second
)

// tenure says whether this process may deliver: it has had its lease confirmed a moment ago.
type tenure struct {
	always bool // it may, whatever the lease

	mu        sync.Mutex
	confirmed time.Time
	context   context.Context //nolint:containedctx // of the deliveries under way
	cancel    func()
	timer     *time.Timer
	renewed   chan struct{} // closed by the next renewal
	closed    bool
}

func newTenure(always bool) *tenure {
	t := &tenure{always: always, renewed: make(chan struct{})}
	t.context, t.cancel = context.WithCancel(context.Background())
	return t
}

// confirm notes that the lease was this process's at that time.
func (t *tenure) confirm(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.confirmed = at
	if t.context.Err() != nil {
		t.context, t.cancel = context.WithCancel(context.Background())
	}
	if !t.always {
		if t.timer == nil {
			t.timer = time.AfterFunc(goesOnFor-time.Since(at), t.lapse)
		}
		t.timer.Reset(goesOnFor - time.Since(at))
	}
	close(t.renewed)
	t.renewed = make(chan struct{})
}

// lapse ends the deliveries under way, unless the lease was confirmed meanwhile.
func (t *tenure) lapse() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.confirmed) >= goesOnFor {
		t.cancel()
	}
}

// end ends the deliveries under way at once.
func (t *tenure) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.confirmed = time.Time{}
	t.cancel()
}

// fresh reports whether the lease was confirmed less than three seconds ago.
func (t *tenure) fresh() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.confirmed) < startsFor
}

// age is how long ago the lease was confirmed.
func (t *tenure) age() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Since(t.confirmed)
}

// starts reports whether deliveries may start.
func (t *tenure) starts() bool {
	delivery, _ := t.may()
	return delivery != nil
}

// may returns the context of a delivery that may start now, or what to wait for.
func (t *tenure) may() (delivery context.Context, renewed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, nil
	case t.confirmed.IsZero() || !t.always && time.Since(t.confirmed) >= startsFor:
		return nil, t.renewed
	}
	return t.context, nil
}

// wait waits until a delivery may start. Once the store is closed, none may.
func (t *tenure) wait(ctx context.Context) (delivery context.Context, err error) {
	for {
		delivery, renewed := t.may()
		switch {
		case delivery != nil:
			return delivery, nil
		case renewed == nil:
			return nil, errClosed
		}
		select {
		case <-renewed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (t *tenure) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	close(t.renewed)
	t.cancel()
	if t.timer != nil {
		t.timer.Stop()
	}
}
