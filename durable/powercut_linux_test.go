package durable_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

var powerCuts = flag.Int("durable.powercuts", 1, "how often the power is cut, in each mode")

// envPowerCut makes the test binary a process that stores events in this directory until its end.
const envPowerCut = "DURABLE_POWER_CUT"

// acknowledged is an event that was stored, as a line of the process.
type acknowledged struct {
	ID string
	At time.Time
}

// storeUntilTheEnd stores events as fast as it can, and prints which are stored.
func storeUntilTheEnd(dir string, opts ...durable.Option) error {
	ctx := context.Background()
	s, err := durable.Open(ctx, dir, append(opts, durable.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		return err
	}
	q := s.Queue()
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	places := make(chan struct{}, 200)
	for i := 0; ; i++ {
		places <- struct{}{}
		id := fmt.Sprint(os.Getpid(), ".", i)
		q.Push(resthook.Event{ID: id, Session: fmt.Sprint(i % 50), Priority: resthook.PriorityClosing, Body: []byte(`{}`)}, func(err error) {
			defer func() { <-places }()
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			_ = out.Encode(acknowledged{id, time.Now()})
		})
	}
}

// disk is a file system that can lose its power: what was not synced is gone.
type disk struct{ image, dir string }

func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount a file system")
	}
	d := &disk{filepath.Join(t.TempDir(), "image"), t.TempDir()}
	require.NoError(t, os.WriteFile(d.image, nil, 0o600))
	require.NoError(t, os.Truncate(d.image, 256<<20))
	if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", d.image).CombinedOutput(); err != nil {
		t.Skipf("no file system: %v: %s", err, out)
	}
	d.mount(t)
	t.Cleanup(func() { _ = exec.CommandContext(context.Background(), "umount", "-l", d.dir).Run() })
	return d
}

func (d *disk) mount(t *testing.T) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		t.Skipf("no mount: %v: %s", err, out)
	}
}

// freeze stops a process as a power cut does: one that goes on after its disk is gone would be told by
// the NATS server that messages are stored, which does not look at the errors of a sync.
func freeze(t *testing.T, user *exec.Cmd) {
	t.Helper()
	require.NoError(t, user.Process.Signal(unix.SIGSTOP))
	tasks := fmt.Sprintf("/proc/%d/task/*/stat", user.Process.Pid)
	require.Eventually(t, func() bool {
		threads, err := filepath.Glob(tasks)
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			_, state, _ := strings.Cut(string(text), ") ")
			if err == nil && !strings.HasPrefix(state, "T") {
				return false
			}
		}
		return err == nil && len(threads) > 0
	}, 20*time.Second, time.Millisecond)
}

// cut loses the power, and brings it back.
func (d *disk) cut(t *testing.T, user *exec.Cmd) {
	t.Helper()
	freeze(t, user)
	const shutdown, withoutLog = 0x8004587d, 2 // EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
	f, err := os.Open(d.dir)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(f.Fd()), shutdown, withoutLog))
	require.NoError(t, f.Close())
	require.NoError(t, user.Process.Kill())
	_ = user.Wait()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.NoError(c, exec.CommandContext(t.Context(), "umount", d.dir).Run())
	}, 20*time.Second, 50*time.Millisecond)
	d.mount(t)
}

// What a power cut takes: nothing that was stored in the mode "sync always", else at most what was
// stored in the last moments.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		always bool
		most   time.Duration // before the cut
	}{
		"sync always":       {true, 0},
		"sync now and then": {false, time.Second}, // 0.1 s, and what a busy machine makes of it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDisk(t)
			for range *powerCuts {
				powerCut(t, d, row.always, row.most)
			}
		})
	}
}

func powerCut(t *testing.T, d *disk, always bool, most time.Duration) {
	t.Helper()
	store := filepath.Join(d.dir, fmt.Sprint(rand.Uint32()))
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envPowerCut+"="+store, fmt.Sprintf("%s_ALWAYS=%t", envPowerCut, always))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := make(chan acknowledged, 1<<20)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var a acknowledged
			if json.Unmarshal(s.Bytes(), &a) == nil {
				lines <- a
			}
		}
	}()
	first := <-lines
	require.NotEmpty(t, first.ID, "the process stores nothing")
	time.Sleep(rand.N(3 * time.Second))
	cutAt := time.Now()
	d.cut(t, cmd)
	kept := keptIn(t, store)
	stored, missing, oldest := 0, 0, time.Duration(0)
	for _, a := range append([]acknowledged{first}, drain(lines)...) {
		stored++
		if !kept[a.ID] {
			missing++
			oldest = max(oldest, cutAt.Sub(a.At))
		}
	}
	t.Logf("sync always %t, cut after %v: %d stored, %d kept, %d missing, the oldest %v before the cut", always, cutAt.Sub(first.At).Round(time.Millisecond), stored, len(kept), missing, oldest.Round(time.Millisecond))
	assert.LessOrEqual(t, oldest, most)
	if most == 0 {
		assert.Zero(t, missing)
	}
}

func drain(lines chan acknowledged) (all []acknowledged) {
	for a := range lines {
		if a.ID != "" {
			all = append(all, a)
		}
	}
	return all
}

// keptIn are the ids of the events that are in a store.
func keptIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	s := openIn(t, dir)
	defer func() { _ = s.Close(t.Context()) }()
	kept, q := map[string]bool{}, s.Queue()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		l, err := q.Pull(ctx, []string{""})
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return kept
		}
		require.NoError(t, err)
		kept[l.Event().ID] = true
		require.NoError(t, l.Done(t.Context(), resthook.EventDelivered))
	}
}

// powerCutProcess runs what a test has started this binary for.
func powerCutProcess() (is bool) {
	dir := os.Getenv(envPowerCut)
	if dir == "" {
		return false
	}
	var opts []durable.Option
	if strings.HasSuffix(os.Getenv(envPowerCut+"_ALWAYS"), "true") {
		opts = append(opts, durable.WithSyncAlways())
	}
	if err := storeUntilTheEnd(dir, opts...); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return true
}
