package situation

import (
	"fmt"
	"testing"
	"time"
)

// bursts are many requests at once to backends with a short accept queue.
func bursts() []Situation {
	var all []Situation
	for _, queue := range []int{1, 5, 50} {
		for _, n := range []int{1, 20, 50, 100, 200, 500} {
			all = append(all, Situation{
				Name:  fmt.Sprintf("burst of %d, accept queue of %d", n, queue),
				Limit: 200, Timeout: 15 * time.Second,
				Start: func(t testing.TB) *Backend { return serveOn(listen(t, queue), threaded) },
				Play:  atOnce(n),
			})
		}
	}
	return append(
		all,
		Situation{
			Name: "three bursts of 100, accept queue of 5", Limit: 200, Timeout: 15 * time.Second,
			Start: func(t testing.TB) *Backend { return serveOn(listen(t, 5), threaded) },
			Play:  rounds(3, 100),
		},
		Situation{
			Name: "burst of 100, a connection for each answer", Limit: 200, Timeout: 15 * time.Second,
			Start: func(t testing.TB) *Backend {
				return serveOn(listen(t, 50), func(p *Peer, _ int) {
					if body, ok := p.Request(); ok {
						p.Send("HTTP/1.0 200 OK\nContent-Length: %d\n\n%s", len(body), body)
					}
				})
			},
			Play: atOnce(100),
		},
		Situation{
			Name: "burst of 200, 8 connections", Limit: 8, Timeout: 15 * time.Second,
			Start: func(t testing.TB) *Backend { return serve(t, slow(5*time.Millisecond)) },
			Play:  atOnce(200),
		},
		Situation{
			Name: "burst of 50, one connection", Limit: 1, Timeout: 15 * time.Second,
			Start: func(t testing.TB) *Backend { return serve(t, slow(2*time.Millisecond)) },
			Play:  atOnce(50),
		},
	)
}

// threaded answers like a server that starts a thread for each connection, which takes a
// moment.
func threaded(p *Peer, _ int) {
	time.Sleep(time.Millisecond)
	p.EchoAll()
}

func slow(d time.Duration) Script {
	return func(p *Peer, _ int) {
		for {
			body, ok := p.Request()
			if !ok {
				return
			}
			time.Sleep(d)
			if !p.Echo(body) {
				return
			}
		}
	}
}
