package flags

import "net"

// URL is the URL of a listener at an address.
func (l *Listening) URL(addr net.Addr, base string) string { return l.url(addr, base) }

// OnLoopback is onLoopback.
func OnLoopback(addr net.Addr) bool { return onLoopback(addr) }
