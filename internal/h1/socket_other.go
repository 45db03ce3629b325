//go:build !unix

package h1

import "net"

// socket is not available on this system: idle connections have a goroutine that reads.
type socket struct{}

func socketOf(net.Conn) *socket { return nil }

func (*socket) peek() state              { return quiet }
func (*socket) look() state              { return quiet }
func (*socket) read([]byte) (int, error) { return 0, nil }
