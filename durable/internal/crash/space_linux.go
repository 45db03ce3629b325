package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// space is a network namespace without a name: it goes with the process that has it open and those that
// are in it, however they end. A nil one is that of this process.
type space struct{ file *os.File }

// newSpace makes a namespace. Only root can.
func newSpace() (s *space, err error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("network namespace: only root can make one")
	}
	err = apart(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("network namespace: %w", err)
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		s = &space{file}
		return err
	})
	if err == nil {
		err = s.ip("link set lo up")
	}
	return s, err
}

// apart calls f on a thread whose namespace f can change.
func apart(f func() error) error {
	runtime.LockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("network namespace: %w", err)
	}
	defer func() { _ = own.Close() }()
	err = f()
	if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back != nil {
		return errors.Join(err, fmt.Errorf("back from a network namespace: %w", back)) // the thread is not used again
	}
	runtime.UnlockOSThread()
	return err
}

// do calls f in the namespace: sockets that it opens, and processes that it starts, are of it.
func (s *space) do(f func() error) error {
	if s == nil {
		return f()
	}
	return apart(func() error {
		if err := unix.Setns(int(s.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return f()
	})
}

// ip runs the command ip in the namespace.
func (s *space) ip(words string) error {
	return s.do(func() error {
		out, err := exec.Command("ip", strings.Fields(words)...).CombinedOutput() //nolint:gosec,noctx // words of ours; it takes a moment
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", words, err, out)
		}
		return nil
	})
}

// path names the namespace for other processes, while it is open.
func (s *space) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), s.file.Fd()) }

func (s *space) close() {
	if s != nil && s.file != nil {
		_ = s.file.Close()
	}
}
