//go:build unix

package measure

import "syscall"

// Descriptors is how many files and sockets this process may have open, 0
// where that can't be told. Go has raised the limit as far as it may.
func Descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), 1<<30)) //nolint:unconvert // signed on some systems
}
