//go:build !unix

package h1

import "net"

// socket is asked for what it has received. Here none can be: a goroutine waits
// instead.
type socket struct{}

func socketOf(net.Conn) *socket { return nil }

func (*socket) peek() state              { return silent }
func (*socket) look() state              { return silent }
func (*socket) read([]byte) (int, error) { return 0, nil }
