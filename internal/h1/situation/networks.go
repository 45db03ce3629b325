package situation

import (
	"net"
	"testing"
	"time"
)

// networks are addresses and names, of which some do not work.
func networks() []Situation {
	return []Situation{
		{Name: "nobody listens", Play: inTurn(4), Start: func(t testing.TB) *Backend {
			b := serve(t, threaded)
			_ = b.listener.Close()
			return b
		}},
		{Name: "IPv6 only", Start: func(t testing.TB) *Backend {
			l, err := listenOn("tcp6", "[::1]:0")
			if err != nil {
				t.Skip("no IPv6 here: ", err)
			}
			return serveOn(l, threaded)
		}},
		{Name: "a name with two addresses, one of which refuses", Start: func(t testing.TB) *Backend {
			b := serve(t, threaded)
			_, port, _ := net.SplitHostPort(b.listener.Addr().String())
			b.URL = "http://localhost:" + port
			return b
		}},
		{Name: "an unknown name", Play: inTurn(2), Start: func(t testing.TB) *Backend {
			b := serve(t, threaded)
			b.URL = "http://no-such-host.invalid:80"
			return b
		}},
		{Name: "down for a moment", Play: func(b *Backend, c Client) []Answer {
			all := atOnce(8)(b, c)
			_ = b.listener.Close()
			b.Drop(true)
			time.Sleep(10 * time.Millisecond)
			all = append(all, atOnce(8)(b, c)...)
			l, err := listenOn("tcp", b.listener.Addr().String())
			if err != nil {
				return all
			}
			b.mu.Lock()
			b.listener = l
			b.mu.Unlock()
			b.serving.Go(func() { b.accept(threaded) })
			return append(all, atOnce(8)(b, c)...)
		}, Start: func(t testing.TB) *Backend { return serve(t, threaded) }},
	}
}
