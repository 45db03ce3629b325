//go:build !unix

package hooktest

import "syscall"

// shareable does nothing: on other systems a port is free as soon as its last connection
// has ended.
func shareable(string, string, syscall.RawConn) error { return nil }
