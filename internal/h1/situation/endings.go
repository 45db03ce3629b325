package situation

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// endings are backends that close connections.
func endings() []Situation {
	return slices.Concat(endsInSilence(), endsAfterAnAnswer(), endsBeforeAnAnswer(), endsWhileIdle())
}

// endsInSilence are connections that end after an answer without Connection: close.
func endsInSilence() []Situation {
	var all []Situation
	for _, n := range []int{1, 2, 3, 10} {
		all = append(all, Situation{
			Name:  fmt.Sprintf("closes after %d answers without a word", n),
			Start: func(t testing.TB) *Backend { return serve(t, after(n, func(*Peer) {})) },
			Play:  spaced(24, 5*time.Millisecond),
		}, Situation{
			Name:  fmt.Sprintf("resets after %d answers without a word", n),
			Start: func(t testing.TB) *Backend { return serve(t, after(n, (*Peer).Reset)) },
			Play:  spaced(24, 5*time.Millisecond),
		})
	}
	return all
}

func endsAfterAnAnswer() []Situation {
	return []Situation{
		one("says Connection: close", func(p *Peer) {
			if body, ok := p.Request(); ok {
				p.Send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: %d\n\n%s", len(body), body)
			}
		}),
		one("HTTP/1.0 that closes", func(p *Peer) {
			if body, ok := p.Request(); ok {
				p.Send("HTTP/1.0 200 OK\n\n%s", body)
			}
		}),
		one("HTTP/1.0 that keeps", func(p *Peer) {
			for body, ok := p.Request(); ok; body, ok = p.Request() {
				p.Send("HTTP/1.0 200 OK\nConnection: keep-alive\nContent-Length: %d\n\n%s", len(body), body)
			}
		}),
		one("an answer that ends with the connection", func(p *Peer) {
			if body, ok := p.Request(); ok {
				p.Send("HTTP/1.1 200 OK\nContent-Type: application/json\n\n%s", body)
			}
		}),
		one("closes its half after the answer", func(p *Peer) {
			if body, ok := p.Request(); ok && p.Echo(body) {
				p.closeWrite()
				p.Stall()
			}
		}),
		one("closes its half before the answer", func(p *Peer) {
			if _, ok := p.Request(); ok {
				p.closeWrite()
				p.Stall()
			}
		}),
	}
}

func endsBeforeAnAnswer() []Situation {
	return []Situation{
		one("resets at once", (*Peer).Reset),
		one("closes at once", func(*Peer) {}),
		one("resets after the request", func(p *Peer) {
			if _, ok := p.Request(); ok {
				p.Reset()
			}
		}),
		one("closes after the request", func(p *Peer) { p.Request() }),
		one("closes in the status line", func(p *Peer) {
			if _, ok := p.Request(); ok {
				p.Send("HTTP/1.1 2")
			}
		}),
		one("resets in the head", func(p *Peer) {
			if _, ok := p.Request(); ok {
				p.Send("HTTP/1.1 200 OK\nContent-Le")
				p.Reset()
			}
		}),
		one("closes in the body", func(p *Peer) {
			if body, ok := p.Request(); ok {
				p.Send("HTTP/1.1 200 OK\nContent-Length: 100\n\n%s", body)
			}
		}),
	}
}

func endsWhileIdle() []Situation {
	dropped := func(name string, reset bool) Situation {
		return Situation{
			Name:  name,
			Start: func(t testing.TB) *Backend { return serve(t, threaded) },
			Play: func(b *Backend, c Client) []Answer {
				first := atOnce(16)(b, c)
				b.Drop(reset)
				time.Sleep(20 * time.Millisecond)
				return append(first, atOnce(16)(b, c)...)
			},
		}
	}
	return []Situation{
		dropped("all kept connections closed while idle", false),
		dropped("all kept connections reset while idle", true),
		{
			Name: "a server that closes idle connections just when they are used",
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, _ int) {
					for {
						_ = p.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
						body, ok := p.Request()
						if !ok || !p.Echo(body) {
							return
						}
					}
				})
			},
			Play:  spaced(30, 20*time.Millisecond),
			Other: "a race, for net/http too",
		},
	}
}

// one is a situation with the same script for every connection.
func one(name string, script func(p *Peer)) Situation {
	return Situation{Name: name, Start: func(t testing.TB) *Backend {
		return serve(t, func(p *Peer, _ int) { script(p) })
	}, Play: spaced(8, 3*time.Millisecond)}
}

// after answers n times and then calls end.
func after(n int, end func(*Peer)) Script {
	return func(p *Peer, _ int) {
		for range n {
			body, ok := p.Request()
			if !ok || !p.Echo(body) {
				return
			}
		}
		end(p)
	}
}

func (p *Peer) closeWrite() {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
