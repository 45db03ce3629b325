//go:build unix

package crash

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// world is the processes of a run. Only the goroutine that runs the story uses it.
type world struct {
	Options

	story     *Story
	random    *rand.Rand
	ledger    *Ledger
	backend   *Backend
	network   *network // where the story has one
	proxy     *proxy   // between the first node and NATS, where the story has one
	nats      []*natsServer
	slots     []*mediaServer // nil: it is dead
	survivors survivors
	number    int     // media servers so far
	crashed   []error // of those that ended of themselves, or with an error
}

type mediaServer struct {
	*process
	MediaServer
}

type natsServer struct {
	*process
	NATS
}

func newWorld(s *Story, o Options) (*world, error) {
	w := &world{Options: o, story: s, random: rand.New(rand.NewPCG(o.Seed, 2)), ledger: NewLedger(), survivors: survivors{streams: map[string]string{}}, slots: make([]*mediaServer, s.nodes)}
	var err error
	addr := "127.0.0.1:0"
	if s.apart {
		addr = backendHost + ":80"
		if w.network, err = newNetwork(s.nodes, s.nats); err != nil {
			return nil, err
		}
	}
	if w.backend, err = newBackend(w.ledger, w.hub(), addr); err != nil {
		w.close()
		return nil, err
	}
	if err = w.startNATS(); err == nil && s.proxied {
		w.proxy, err = newProxy(fmt.Sprintf("127.0.0.1:%d", w.nats[0].Port))
	}
	for slot := 0; err == nil && slot < s.nodes; slot++ {
		err = w.start(slot, nodeOf(slot))
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// close ends everything at once.
func (w *world) close() {
	for _, s := range w.slots {
		if s != nil {
			s.kill()
		}
	}
	for _, n := range w.nats {
		n.kill()
	}
	if w.proxy != nil {
		w.proxy.close()
	}
	if w.backend != nil {
		w.backend.Down()
	}
	if w.network != nil {
		w.network.close()
	}
}

// hub is the namespace of the backend.
func (w *world) hub() *space {
	if w.network == nil {
		return nil
	}
	return w.network.hub
}

func nodeOf(slot int) string { return fmt.Sprintf("node-%d", slot+1) }

// start starts the media server of a slot.
func (w *world) start(slot int, node string) error { return w.play(slot, w.config(node)) }

// config is the configuration of the next media server.
func (w *world) config(node string) *MediaServer {
	w.number++
	return &MediaServer{
		Name: fmt.Sprintf("m%d", w.number), Node: node, Replicas: max(1, len(w.nats)), Number: w.number, Changes: w.story.changes,
		Sessions: w.Sessions / len(w.slots), Rate: w.Rate / len(w.slots), Seed: w.Seed + uint64(w.number), //nolint:gosec // it is positive
	}
}

func (w *world) play(slot int, config *MediaServer) error {
	config.Backend = w.backend.URL(config.Name)
	if len(w.nats) == 0 {
		config.Dir = w.storeDir()
	} else {
		config.URL = w.url(slot)
	}
	var in *space
	if w.network != nil {
		in = w.network.media[slot].space
	}
	p, err := w.launch(in, "media", config.Name, config, w.heed)
	if err != nil {
		return err
	}
	w.slots[slot] = &mediaServer{p, *config}
	return nil
}

func (w *world) storeDir() string { return filepath.Join(w.Dir, "store") }

// launch starts a process with a log of its own.
func (w *world) launch(in *space, role, name string, config any, heed func([]string)) (*process, error) {
	log, err := os.OpenFile(filepath.Join(w.Dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	var p *process
	err = in.do(func() (err error) {
		p, err = startProcess(role, config, io.Writer(log), heed)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// heed takes what a media server says.
func (w *world) heed(words []string) {
	w.survivors.heed(words)
	switch {
	case words[0] == "opened" && len(words) == 2:
		w.ledger.Opened(words[1], "")
	case words[0] == "opened" && len(words) == 3:
		w.ledger.Opened(words[1], words[2])
	case words[0] == "stored" && len(words) == 3:
		n := 0
		if _, err := fmt.Sscan(words[2], &n); err == nil {
			w.ledger.Stored(words[1], n)
		}
	case words[0] == "resumed" && len(words) == 2:
		w.ledger.Resumed(words[1], true)
	case words[0] == "refused" && len(words) == 2:
		w.ledger.Resumed(words[1], false)
	}
}

// kill kills the media server of a slot.
func (w *world) kill(slot int) *mediaServer {
	s := w.slots[slot]
	w.slots[slot] = nil
	select {
	case <-s.over:
		w.crashed = append(w.crashed, fmt.Errorf("%s ended of itself: %w", s.Name, s.err))
	default:
	}
	w.ledger.Died(s.Name, time.Now())
	s.kill()
	return s
}

// complete starts what is dead, and waits until every media server has all of its sessions.
func (w *world) complete() error {
	for slot, s := range w.slots {
		if s != nil {
			continue
		}
		if err := w.start(slot, nodeOf(slot)); err != nil {
			return err
		}
	}
	for _, s := range w.slots {
		if err := s.await("full"); err != nil {
			return fmt.Errorf("media server %s: %w", s.Name, err)
		}
	}
	return nil
}

// succeeded waits until the first event of the estate of a dead media server has come, and returns who
// sent it. Where none comes, the verdict says more.
func (w *world) succeeded(s *mediaServer) (by string) {
	const within = 40 * time.Second
	for began := time.Now(); time.Since(began) < within; time.Sleep(5 * time.Millisecond) {
		if r, after, ok := w.ledger.First(s.Name); ok {
			w.Log("the estate of %s: %.2f s, by %s", s.Name, after.Seconds(), r.Server)
			return r.Server
		}
	}
	w.Log("the estate of %s: nothing after %v", s.Name, within)
	return ""
}

// slotOf is the slot of a media server; -1: it is dead.
func (w *world) slotOf(name string) int {
	for slot, s := range w.slots {
		if s != nil && s.Name == name {
			return slot
		}
	}
	return -1
}

// between waits for a random time.
func (w *world) between(least, most time.Duration) {
	d := least + time.Duration(w.random.Int64N(int64(most-least)+1))
	w.Log("wait %.2f s", d.Seconds())
	time.Sleep(d)
}
