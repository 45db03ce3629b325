//go:build unix

package crash

import (
	"time"
)

const (
	// cutFor is how long a media server is cut off: twice as long as it goes on without its lease.
	cutFor = 8 * time.Second
	// apartFor is how long it is with its NATS server: the others may have to elect a leader, which takes five
	// seconds, before they can miss it for five more.
	apartFor = 15 * time.Second
)

// partition cuts a media server off from NATS, while it reaches the backend: what it sends is lost, or is
// an error at once.
func partition(w *world) error {
	slot, err := w.oneOfAll()
	if err != nil {
		return err
	}
	place := w.network.media[slot]
	cut, join := place.cut, place.join
	if w.random.IntN(2) == 0 {
		cut, join = place.down, place.up
	}
	return w.without(slot, cutFor, cut, join)
}

// minority cuts a media server off together with the NATS server that it is connected to, of three.
func minority(w *world) error {
	slot, err := w.oneOfAll()
	if err != nil {
		return err
	}
	cut := []*place{w.network.media[slot]}
	if i := w.network.connected(w.slots[slot].cmd.Process.Pid); i >= 0 {
		w.Log("%s is connected to %s, which leads: %t", w.slots[slot].Name, w.nats[i].Name, w.leader() == i)
		cut = append(cut, w.network.nats[i])
	}
	each := func(do func(*place) error) func() error {
		return func() error {
			for _, p := range cut {
				if err := do(p); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return w.without(slot, apartFor, each((*place).cut), each((*place).join))
}

// oneOfAll chooses a media server, once all have all of their sessions.
func (w *world) oneOfAll() (slot int, err error) {
	if err := w.complete(); err != nil {
		return 0, err
	}
	w.between(0, time.Second)
	return w.random.IntN(len(w.slots)), nil
}

// without cuts a media server off for a while, and says whether others took it for dead.
func (w *world) without(slot int, long time.Duration, cut, join func() error) error {
	s := w.slots[slot]
	w.Log("%s is cut off", s.Name)
	w.ledger.Died(s.Name, time.Now())
	if err := cut(); err != nil {
		return err
	}
	time.Sleep(long)
	if err := join(); err != nil {
		return err
	}
	w.between(6*time.Second, 10*time.Second) // what was lost is sent again after ever longer pauses
	if r, after, ok := w.ledger.First(s.Name); ok {
		w.Log("the estate of %s: %.2f s, by %s", s.Name, after.Seconds(), r.Server)
	} else {
		w.Log("%s was not taken for dead", s.Name)
		w.ledger.Lived(s.Name)
	}
	return nil
}
