//go:build linux || darwin || freebsd

package embedded

import "golang.org/x/sys/unix"

// freeSpace returns the bytes that a process without privileges can still write.
func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil //nolint:gosec,unconvert // their types differ by system
}
