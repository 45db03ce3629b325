package h1

import "net"

// Gone reports, without waiting, whether the other side of a connection is known to
// have hung up. Of a connection whose socket is not found nothing is known.
func Gone(c net.Conn) bool {
	s := socketOf(c)
	return s != nil && s.look() == gone
}
