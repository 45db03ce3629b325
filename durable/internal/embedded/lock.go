package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrInUse is that another server, in this process or another, has the directory.
var ErrInUse = errors.New("in use")

const lockName = "lock"

// dirLock is the lock of a directory. The end of the process frees it as well. Its file holds
// the process's id, and nothing after an orderly end.
type dirLock struct {
	f       *os.File
	crashed bool // the one before it did not come to its end
}

// lockDir takes the lock of a directory.
func lockDir(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock directory %s: %w", dir, err)
	}
	l := &dirLock{f: f}
	if err := l.take(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *dirLock) take(dir string) error {
	err := lockFile(l.f)
	if errors.Is(err, errLocked) {
		return fmt.Errorf("directory %s: %w%s", dir, ErrInUse, holder(l.f))
	}
	if err == nil {
		l.crashed, err = claim(l.f)
	}
	if err != nil {
		return fmt.Errorf("lock directory %s: %w", dir, err)
	}
	return nil
}

// lost reports whether the directory was removed or replaced: another process may have the path.
func (l *dirLock) lost(dir string) bool {
	ours, err := l.f.Stat()
	if err != nil {
		return true
	}
	there, err := os.Stat(filepath.Join(dir, lockName))
	return errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(ours, there)
}

// release gives the lock back; orderly says that the store was closed as it should be. The file
// stays: who removed it could remove the one of the next.
func (l *dirLock) release(orderly bool) error {
	var err error
	if orderly {
		err = errors.Join(l.f.Truncate(0), l.f.Sync())
	}
	return errors.Join(err, l.f.Close())
}

// claim writes who has the lock, and says whether the one before it is still named there.
func claim(f *os.File) (crashed bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if err := f.Truncate(0); err != nil {
		return false, err
	}
	_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return info.Size() > 0, err
}

// holder says which process has the lock; nothing if the file does not say so.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	pid, bad := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || bad != nil {
		return ""
	}
	return fmt.Sprintf(" by process %d", pid)
}
