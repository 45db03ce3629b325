package embedded_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const mountEnv = "EMBEDDED_TEST_MOUNT" // set in the process that has mounts of its own

// A full disk makes the server ill until it is started again: that happens by itself once there
// is room, and nothing that was acknowledged is missing.
func TestFullDiskHeals(t *testing.T) {
	t.Parallel()
	if os.Getenv(mountEnv) == "" {
		inOwnMounts(t)
		return
	}
	dir := t.TempDir()
	mountSmall(t, dir)

	changed := make(chan error, 100)
	o := options(filepath.Join(dir, "store"))
	o.Changed = func(err error) { changed <- err }
	s := start(t, o)
	js := open(t, s)
	put(t, js, 1, 100)

	full := fill(t, dir)
	acknowledged := putUntilRefused(t, js, 101)
	require.ErrorContains(t, await(t, changed), "write error")
	assert.Equal(t, bodies(1, 100), readAll(t, js)[:100], "what is stored can be read meanwhile")
	time.Sleep(1500 * time.Millisecond)
	require.Empty(t, changed, "without room it stays ill")

	require.NoError(t, os.Remove(full))
	require.NoError(t, await(t, changed))
	put(t, js, 10001, 10100) // through the same connection
	all := readAll(t, js)
	assert.Equal(t, bodies(1, acknowledged), all[:acknowledged])
	assert.Equal(t, bodies(10001, 10100), all[len(all)-100:])
	shut(t, s)
	assert.Empty(t, changed)

	s = start(t, o)
	assert.Empty(t, s.Damage())
	assert.Equal(t, all, readAll(t, open(t, s)))
}

// inOwnMounts runs the test again in a process whose mounts nobody else sees.
func inOwnMounts(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root mounts")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mountEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, fs.ErrPermission) || strings.Contains(string(out), "--- SKIP: "+t.Name()) {
		t.Skip("no mounts are allowed:", err)
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

// mountSmall makes a small disk of dir, for this process alone.
func mountSmall(t *testing.T, dir string) {
	t.Helper()
	err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", dir, "tmpfs", 0, "size=16m")
	}
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("no mounts are allowed:", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, 0)) })
}

// fill writes a file that takes all the room that is left.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "full")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = f.Write(make([]byte, 32<<20))
	require.ErrorIs(t, err, unix.ENOSPC)
	require.NoError(t, f.Close())
	return path
}

// putUntilRefused returns the number of the last message that was acknowledged. A full disk
// gives no answer.
func putUntilRefused(t *testing.T, js jetstream.JetStream, from int) int {
	t.Helper()
	for i := from; i < from+10_000; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := js.Publish(ctx, "t.a", body(i))
		cancel()
		if err != nil {
			return i - 1
		}
	}
	t.Fatal("a full disk takes everything")
	return 0
}
