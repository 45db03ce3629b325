package situation

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// waits are slow dials, slow backends and short deadlines.
func waits() []Situation { return slices.Concat(slowDials(), silences(), deadlines()) }

func slowDials() []Situation {
	return []Situation{
		{
			Name: "dials of 300 ms, deadlines of 200 ms", Start: dialing(300 * time.Millisecond),
			Play: func(_ *Backend, c Client) []Answer {
				answers := make([]Answer, 10)
				for i := range answers {
					ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
					answers[i] = c.Post(ctx, body(i))
					cancel()
				}
				return answers
			},
		},
		{
			Name: "a dial that hangs, while a connection becomes free",
			Start: func(t testing.TB) *Backend {
				b := serve(t, slow(30*time.Millisecond))
				var dials atomic.Int32
				b.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					if dials.Add(1) > 1 {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return (&net.Dialer{}).DialContext(ctx, network, address)
				}
				return b
			},
			Play: atOnce(10),
		},
		{
			Name: "every second dial hangs", Timeout: 2 * time.Second,
			Start: func(t testing.TB) *Backend {
				b := serve(t, slow(5*time.Millisecond))
				var dials atomic.Int32
				b.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					if dials.Add(1)%2 == 0 {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return (&net.Dialer{}).DialContext(ctx, network, address)
				}
				return b
			},
			Play: rounds(3, 10),
		},
	}
}

// silences are backends that answer late, partly or not at all.
func silences() []Situation {
	return []Situation{
		{
			Name: "a slow answer for one, fast ones for the rest", Limit: 4,
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, n int) {
					if n == 0 {
						slow(300*time.Millisecond)(p, n)
						return
					}
					p.EchoAll()
				})
			},
			Play: rounds(2, 20),
		},
		{
			Name: "no answer", Timeout: 100 * time.Millisecond,
			Start: func(t testing.TB) *Backend { return serve(t, func(p *Peer, _ int) { p.Request(); p.Stall() }) },
			Play:  inTurn(3),
		},
		{
			Name: "stalls in the head", Timeout: 100 * time.Millisecond, Start: stalling("HTTP/1.1 200 OK\nContent-"), Play: inTurn(3),
		},
		{
			Name: "stalls in the body", Timeout: 100 * time.Millisecond, Start: stalling("HTTP/1.1 200 OK\nContent-Length: 50\n\n{"), Play: inTurn(3),
		},
		{
			Name: "an answer byte by byte", Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, _ int) {
					for body, ok := p.Request(); ok; body, ok = p.Request() {
						for _, c := range []byte("HTTP/1.1 200 OK\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body) {
							if _, err := p.Write([]byte{c}); err != nil {
								return
							}
						}
					}
				})
			},
		},
		{
			Name: "the first connection never answers, the others do", Timeout: 150 * time.Millisecond,
			Start: func(t testing.TB) *Backend {
				return serve(t, func(p *Peer, n int) {
					if n == 0 {
						p.Request()
						p.Stall()
					}
					p.EchoAll()
				})
			},
			Play: spaced(8, time.Millisecond),
		},
	}
}

// deadlines are requests that the client gives up.
func deadlines() []Situation {
	return []Situation{
		{
			Name: "mixed deadlines, two connections", Limit: 2,
			Start: func(t testing.TB) *Backend { return serve(t, slow(20*time.Millisecond)) },
			Play: within(20, func(i int) time.Duration {
				if i%2 == 0 {
					return 30 * time.Millisecond
				}
				return 5 * time.Second
			}),
			Other: "it is chance which of the short deadlines are met",
		},
		{
			Name:  "the client gives up, and goes on",
			Start: func(t testing.TB) *Backend { return serve(t, slow(10*time.Millisecond)) },
			Play: within(40, func(i int) time.Duration {
				if i%4 == 0 {
					return time.Millisecond
				}
				return 5 * time.Second
			}),
			Other: "a request with a millisecond may get an answer or not",
		},
	}
}

func dialing(d time.Duration) func(t testing.TB) *Backend {
	return func(t testing.TB) *Backend {
		b := serve(t, threaded)
		b.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		return b
	}
}

func stalling(text string) func(t testing.TB) *Backend {
	return func(t testing.TB) *Backend {
		return serve(t, func(p *Peer, _ int) {
			if _, ok := p.Request(); ok {
				p.Send("%s", text)
				p.Stall()
			}
		})
	}
}
