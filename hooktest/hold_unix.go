//go:build unix

package hooktest

import (
	"errors"
	"syscall"
)

// shareable lets a listener have the port while the holder has it. Without it a
// connection that ended a moment ago would keep the holder from the port.
func shareable(_, _ string, conn syscall.RawConn) error {
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	return errors.Join(err, failed)
}
