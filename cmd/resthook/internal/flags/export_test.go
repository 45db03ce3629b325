package flags

import "net"

// URL exports url for tests.
func (l *Listening) URL(addr net.Addr, base string) string { return l.url(addr, base) }

// OnLoopback exports onLoopback for tests.
func OnLoopback(addr net.Addr) bool { return onLoopback(addr) }
