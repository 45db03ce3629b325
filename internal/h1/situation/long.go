package situation

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// long are requests that are longer than the buffers of a socket, and answers that come
// before a request is read.
func long() []Situation {
	early := func(name string, then func(p *Peer)) Situation {
		return Situation{
			Name: "early answer: " + name, Timeout: 2 * time.Second, Play: sized(3, 1<<20),
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, _ int) {
					p.narrow()
					for p.Head() {
						p.Send("HTTP/1.1 403 Forbidden\nContent-Length: 2\n\n{}")
						then(p)
					}
				})
			},
		}
	}
	all := []Situation{
		early("and the rest is never read", func(*Peer) { time.Sleep(300 * time.Millisecond) }),
		early("and the connection is closed", func(p *Peer) { _ = p.Close() }),
		early("and the client's half is read to its end", func(p *Peer) { p.closeWrite(); p.Stall() }),
		{
			Name: "a long request is never read", Timeout: 200 * time.Millisecond, Play: sized(2, 1<<20),
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, _ int) { p.narrow(); time.Sleep(time.Second) })
			},
		},
		{
			Name: "reset in the middle of a long request", Play: sized(3, 1<<20),
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, _ int) { p.narrow(); p.Head(); p.Reset() })
			},
		},
	}
	for _, size := range []int{1 << 10, 31 << 10, 33 << 10, 200 << 10, 900 << 10} {
		all = append(all, Situation{
			Name: fmt.Sprintf("requests of %d KiB", size>>10), Play: sized(4, size),
			Start: func(t testing.TB) *Backend { return serve(t, threaded) },
		})
	}
	for _, size := range []int{1 << 10, 64 << 10, 900 << 10} {
		all = append(all, answered(fmt.Sprintf("a body of %d KiB", size>>10), func(b string) string {
			b += strings.Repeat(" ", size)
			return fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(b), b)
		}))
	}
	return all
}

// narrow makes the receive buffer small.
func (p *Peer) narrow() {
	if socket, ok := p.Conn.(*net.TCPConn); ok {
		_ = socket.SetReadBuffer(8 << 10)
	}
}
