//go:build unix

package crash

import (
	"time"
)

// Story is something that is done to the processes of a run, in each round.
type Story struct {
	Name  string
	About string

	nats    int // servers; 0: each media server has its own, embedded
	nodes   int
	proxied bool // the first node reaches NATS by a proxy
	apart   bool // each process has a network namespace of its own
	changes bool // streams end and begin while their sessions go on
	round   func(*world) error
}

// Stories are all stories.
func Stories() []Story {
	return []Story{
		{Name: "restart", About: "SIGKILL and back at once, embedded", nodes: 1, round: restart},
		{Name: "restart-nats", About: "SIGKILL and back at once, one NATS server", nats: 1, nodes: 1, round: restart},
		{Name: "restart-cluster", About: "SIGKILL and back at once, three NATS servers", nats: 3, nodes: 1, round: restart},
		{Name: "resume", About: "SIGKILL and back, two thirds of the sessions resumed, embedded", nodes: 1, changes: true, round: resume},
		{Name: "resume-nats", About: "SIGKILL and back, two thirds of the sessions resumed, one NATS server", nats: 1, nodes: 1, changes: true, round: resume},
		{Name: "killed", About: "SIGKILL for good: another node succeeds", nats: 1, nodes: 2, round: killed},
		{Name: "killed-cluster", About: "SIGKILL for good, three NATS servers", nats: 3, nodes: 2, round: killed},
		{Name: "asleep-6", About: "SIGSTOP for 6 s", nats: 1, nodes: 2, round: asleep(6 * time.Second)},
		{Name: "asleep-9", About: "SIGSTOP for 9 s", nats: 1, nodes: 2, round: asleep(9 * time.Second)},
		{Name: "returning", About: "SIGKILL, and back just as others notice", nats: 1, nodes: 2, round: returning},
		{Name: "mutual", About: "two nodes that see each other dead", nats: 1, nodes: 2, round: mutual},
		{Name: "claimant", About: "the claimant killed while it works the estate off", nats: 1, nodes: 3, round: claimant},
		{Name: "nats", About: "the NATS server killed, and back after 0.3 to 7 s", nats: 1, nodes: 2, round: natsKilled},
		{Name: "nats-cluster", About: "the leader of three NATS servers killed, and back", nats: 3, nodes: 2, round: leaderKilled},
		{Name: "together", About: "a node and the NATS server killed together", nats: 1, nodes: 2, round: together},
		{Name: "cut", About: "one node cut off from NATS for 8 s", nats: 1, nodes: 2, proxied: true, round: cutOff},
		{Name: "partition", About: "one node cut off from three NATS servers for 8 s, the backend in its reach", nats: 3, nodes: 2, apart: true, round: partition},
		{Name: "minority", About: "one node and its NATS server, of three, cut off for 15 s", nats: 3, nodes: 2, apart: true, round: minority},
		{Name: "backend", About: "the backend away, and a node killed meanwhile", nats: 1, nodes: 2, round: backendAway},
	}
}

// Possible reports why the story can't be played here: it may need rights or commands that are missing.
func (s *Story) Possible() error {
	if !s.apart {
		return nil
	}
	n, err := newNetwork(1, 1)
	if err != nil {
		return err
	}
	n.close()
	return nil
}

// restart kills the media server at a random moment.
func restart(w *world) error {
	if err := w.someTime(w.slots[0]); err != nil {
		return err
	}
	w.kill(0)
	return w.start(0, nodeOf(0))
}

// someTime waits for a random moment of a media server: mostly when it has all of its sessions, sometimes
// while it begins or works off what the one before has left.
func (w *world) someTime(s *mediaServer) error {
	said, most := "full", 1500*time.Millisecond
	switch w.random.IntN(10) {
	case 0:
		said, most = "", 150*time.Millisecond
	case 1, 2:
		said, most = "ready", time.Second
	}
	if said != "" {
		if err := s.await(said); err != nil {
			return err
		}
	}
	w.between(0, most)
	return nil
}

func killed(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	slot := w.random.IntN(len(w.slots))
	w.succeeded(w.kill(slot))
	return w.start(slot, nodeOf(w.number)) // a name that was never used
}

func asleep(long time.Duration) func(*world) error {
	return func(w *world) error {
		if err := w.complete(); err != nil {
			return err
		}
		w.between(0, time.Second)
		s := w.slots[w.random.IntN(len(w.slots))]
		s.sleep()
		time.Sleep(long)
		s.wake()
		w.between(time.Second, 3*time.Second)
		return nil
	}
}

func returning(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	s := w.kill(0)
	w.between(4500*time.Millisecond, 5500*time.Millisecond)
	if err := w.start(0, s.Node); err != nil {
		return err
	}
	w.succeeded(s)
	return nil
}

// mutual stops both nodes by turns, so that each takes the other one for dead.
func mutual(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	one, other := w.slots[0], w.slots[1]
	one.sleep()
	w.between(5*time.Second, 6*time.Second)
	other.sleep()
	one.wake()
	w.between(5*time.Second, 6500*time.Millisecond)
	other.wake()
	w.between(time.Second, 3*time.Second)
	return nil
}

// claimant kills the successor too, and half of the time has the first one back by then.
func claimant(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	first := w.kill(0)
	by := w.slotOf(w.succeeded(first))
	if by < 0 {
		return nil
	}
	w.between(0, 300*time.Millisecond)
	second := w.kill(by)
	if w.random.IntN(2) == 0 {
		if err := w.start(0, first.Node); err != nil {
			return err
		}
	}
	w.succeeded(second)
	return nil
}

func natsKilled(w *world) error {
	return w.withoutNATS(0, func() {})
}

func leaderKilled(w *world) error {
	return w.withoutNATS(w.leader(), func() {})
}

// withoutNATS kills a NATS server for 0.3 to 7 s.
func (w *world) withoutNATS(i int, meanwhile func()) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	w.nats[i].kill()
	meanwhile()
	w.between(300*time.Millisecond, 7*time.Second)
	if err := w.runNATS(i); err != nil {
		return err
	}
	if err := w.nats[i].await("ready"); err != nil {
		return err
	}
	w.between(2*time.Second, 4*time.Second)
	return nil
}

// together kills a node with the NATS server. Half of the time it comes back when NATS does.
func together(w *world) error {
	var s *mediaServer
	if err := w.withoutNATS(0, func() { s = w.kill(0) }); err != nil {
		return err
	}
	if w.random.IntN(2) == 0 {
		if err := w.start(0, s.Node); err != nil {
			return err
		}
	}
	w.succeeded(s)
	return nil
}

// cutOff has nothing pass between a node and NATS, or connections refused.
func cutOff(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	w.proxy.block(w.random.IntN(2) == 0)
	time.Sleep(8 * time.Second)
	w.proxy.unblock()
	w.between(time.Second, 3*time.Second)
	return nil
}

func backendAway(w *world) error {
	if err := w.complete(); err != nil {
		return err
	}
	w.between(0, time.Second)
	w.backend.Down()
	time.Sleep(w.Away / 2)
	s := w.kill(0)
	time.Sleep(w.Away / 2)
	if err := w.backend.Up(); err != nil {
		return err
	}
	w.ledger.Returned(time.Now())
	w.succeeded(s)
	time.Sleep(metFor)
	return nil
}
