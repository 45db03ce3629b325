package h1

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// headStart is how long an address is tried alone (RFC 8305, section 5).
const headStart = 250 * time.Millisecond

// race dials the addresses of a name (Happy Eyeballs): it begins with the next address when
// one has failed, or has not answered within headStart. The first connection wins. A
// [net.Dialer] divides its time among the addresses of one family, so the exchange may
// end while it still tries one that does not answer.
type race struct {
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	dial   DialFunc
}

// keepAlive is the time between two probes of an idle connection.
const keepAlive = 15 * time.Second

func newRace(guard GuardFunc) race {
	return race{lookup: net.DefaultResolver.LookupNetIP, dial: newDialer(guard).DialContext}
}

// DialContext is a [DialFunc].
func (r race) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	found, err := r.lookup(ctx, "ip", host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	addresses := alternate(found)
	if len(addresses) == 1 {
		return r.dial(ctx, network, net.JoinHostPort(addresses[0].String(), port))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return r.run(func(i int) (net.Conn, error) {
		return r.dial(ctx, network, net.JoinHostPort(addresses[i].String(), port))
	}, len(addresses))
}

// dialled is the result of a dial.
type dialled struct {
	conn net.Conn
	err  error
}

// run runs the dials 0 to n-1 until one succeeds or all have failed.
func (r race) run(dial func(int) (net.Conn, error), n int) (net.Conn, error) {
	ends := make(chan dialled)
	over := make(chan struct{})
	defer close(over)
	next := time.NewTimer(0)
	defer next.Stop()
	var first error
	for begun, ended := 0, 0; ended < n; {
		select {
		case <-next.C:
			if begun < n {
				go one(dial, begun, ends, over)
				begun++
				next.Reset(headStart)
			}
		case end := <-ends:
			if end.err == nil {
				return end.conn, nil
			}
			if first == nil || isRefused(first) && !isRefused(end.err) {
				first = end.err // an address that was not refused may answer next time
			}
			ended++
			next.Reset(0)
		}
	}
	return nil, first
}

// one runs a dial. A connection that comes too late is closed.
func one(dial func(int) (net.Conn, error), i int, ends chan<- dialled, over <-chan struct{}) {
	conn, err := dial(i)
	select {
	case ends <- dialled{conn, err}:
	case <-over:
		if err == nil {
			_ = conn.Close()
		}
	}
}

// alternate orders addresses so that the families (IPv6, IPv4) alternate, beginning with
// that of the first address.
func alternate(found []netip.Addr) []netip.Addr {
	var kinds [2][]netip.Addr
	for _, a := range found {
		kind := 0
		if a.Unmap().Is4() != found[0].Unmap().Is4() {
			kind = 1
		}
		kinds[kind] = append(kinds[kind], a.Unmap())
	}
	ordered := make([]netip.Addr, 0, len(found))
	for i := range found {
		for _, kind := range kinds {
			if i < len(kind) {
				ordered = append(ordered, kind[i])
			}
		}
	}
	return ordered
}
