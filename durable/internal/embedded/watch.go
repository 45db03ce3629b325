package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	healthInterval = time.Second
	minPause       = 100 * time.Millisecond // before the first try to heal
	maxPause       = 5 * time.Second
	steady         = 10      // healthy looks after which the pause is short again
	roomToHeal     = 1 << 20 // bytes that must fit on the disk before a new start
	probeName      = "probe" // the file that shows it
)

// watch looks at the server's health and starts the server again where that may mend it.
type watch struct {
	s     *Server
	ill   bool
	pause time.Duration
	good  int // healthy looks in a row
}

// startWatch watches until Close.
func (s *Server) startWatch() {
	ctx, cancel := context.WithCancel(context.Background())
	s.endWatch = cancel
	w := &watch{s: s, pause: minPause}
	go func() {
		defer close(s.watched)
		w.run(ctx)
	}()
}

func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if w.look() {
			w.heal(ctx)
		}
	}
}

// look asks for the health, tells it, and returns whether a new start may mend what is wrong.
func (w *watch) look() (mend bool) {
	if w.s.lock.lost(w.s.o.Dir) {
		if in := w.s.replace(nil); in != nil {
			in.stop()
		}
		w.tell(errors.New("the directory was removed or replaced: nothing is stored any more"))
		return false
	}
	mend, fault := w.s.running().health()
	if fault == nil {
		if w.good++; w.good >= steady {
			w.pause = minPause
		}
	} else {
		w.good = 0
	}
	w.tell(fault)
	return mend
}

// tell calls Changed when the server fell ill or is well again.
func (w *watch) tell(fault error) {
	if w.ill == (fault != nil) {
		return
	}
	w.ill = fault != nil
	if fault == nil {
		w.s.o.Logger.Info("embedded NATS server is well again", "directory", w.s.o.Dir)
		w.s.o.Changed(nil)
		return
	}
	w.s.o.Logger.Error("embedded NATS server", "directory", w.s.o.Dir, "error", fault)
	w.s.o.Changed(fmt.Errorf("the embedded NATS server in %s: %w", w.s.o.Dir, fault))
}

// heal starts the server again until that mends it, after a pause that grows. While the disk
// takes nothing, what is stored can still be read: the server goes on as it is.
func (w *watch) heal(ctx context.Context) {
	for w.rest(ctx) {
		err := writable(w.s.o.Dir)
		if err == nil {
			err = w.s.restart(ctx)
		}
		if err != nil {
			w.s.o.Logger.Debug("embedded NATS server cannot be healed yet", "error", err)
			continue
		}
		if !w.look() {
			return
		}
	}
}

// rest waits the pause and doubles it; it is false when the context has ended.
func (w *watch) rest(ctx context.Context) bool {
	timer := time.NewTimer(w.pause)
	defer timer.Stop()
	w.pause = min(2*w.pause, maxPause)
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// writable returns why the disk takes no more. It writes something that no file system can
// make smaller.
func writable(dir string) error {
	path := filepath.Join(dir, probeName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	data := make([]byte, roomToHeal)
	_, err = rand.Read(data)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}

// health returns what is wrong, and whether a new start may mend it.
func (in *instance) health() (mend bool, fault error) {
	if in == nil || !in.srv.Running() {
		return true, errors.New("it does not run")
	}
	var faults []error
	for _, e := range in.srv.Healthz(&server.HealthzOptions{Details: true}).Errors {
		if e.Type == server.HealthzErrorConn {
			continue // it waits for 1 ms, which is too short on a busy machine
		}
		faults = append(faults, errors.New(e.Error))
		mend = mend || !strings.HasSuffix(e.Error, "could not be recovered") // the caller makes it again
	}
	return mend, errors.Join(faults...)
}
