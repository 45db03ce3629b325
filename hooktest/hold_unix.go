//go:build unix

package hooktest

import (
	"errors"
	"syscall"
)

// shareable lets a listener and the holder use the same port. Without it the holder could
// not use the port shortly after another connection ended.
func shareable(_, _ string, conn syscall.RawConn) error {
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	return errors.Join(err, failed)
}
