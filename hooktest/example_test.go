package hooktest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// printer replaces the *testing.T of a test: it prints the failures.
type printer struct {
	testing.TB

	cleanups []func()
}

func (*printer) Helper()                           {}
func (*printer) Context() context.Context          { return context.Background() }
func (*printer) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (p *printer) Cleanup(f func())                { p.cleanups = append(p.cleanups, f) }

// end runs what a test does at its end.
func (p *printer) end() {
	for len(p.cleanups) > 0 {
		last := p.cleanups[len(p.cleanups)-1]
		p.cleanups = p.cleanups[:len(p.cleanups)-1]
		last()
	}
}

// A client connects, publishes under a name that the backend has changed, and leaves.
func Example() {
	t := new(printer) // in a test, its *testing.T
	defer t.end()

	b := hooktest.NewBackend(t)
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}},
	})
	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })

	client := b.Client() // what is tested is given this client, or b.URL()
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		fmt.Println(err)
	}
	stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "cam"})
	fmt.Println(stream.Name, err)
	stream.Status = resthook.StreamPublishing
	fmt.Println(resthook.StreamStatusEvent.Notify(context.Background(), session, stream))

	event := hooktest.Await(t, b, resthook.StreamStatusEvent)
	fmt.Println(event.Payload.Name, event.Payload.Status)
	fmt.Println(b.AssertSequence(t, "s-1", "connect", "publishStream", "StreamStatusEvent PUBLISHING"))
	// Output:
	// live/cam <nil>
	// <nil>
	// live/cam PUBLISHING
	// true
}

// Each request gets the next answer of its hook's script. The last answer is repeated.
func ExampleRouteOf() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t)
	b.On("connect").Deny(403, "wrong token").Status(503, "", "Retry-After: 1").Play(hooktest.InBody(hooktest.RST)).Mirror()

	client := b.Client()
	for range 4 {
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		fmt.Println("denied:", resthook.Denied(err), "status:", errors.Is(err, resthook.ErrStatus),
			"body:", errors.Is(err, resthook.ErrBody), "in:", err == nil)
	}
	// Output:
	// denied: true status: true body: false in: false
	// denied: false status: true body: false in: false
	// denied: false status: false body: true in: false
	// denied: false status: false body: false in: true
}

// The answer can depend on the payload.
func ExampleOn() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t)
	hooktest.On(b, resthook.Connect).Reply(func(c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, errors.New("wrong token")
		}
		c.Login = "alice"
		return c, nil
	})

	client := b.Client()
	for _, token := range []string{"secret", "guessed"} {
		session, err := client.Connect(t.Context(), &resthook.Connection{Custom: map[string]any{"token": token}})
		if err != nil {
			fmt.Println("denied:", resthook.Denied(err))
			continue
		}
		fmt.Println("let in:", session.Connection().Login)
	}
	// Output:
	// let in: alice
	// denied: true
}

// The next two requests fail, whatever their hook is. The client tries again, and the
// third request is answered as usual.
func ExampleBackend_OnAny() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t)
	client := b.Client()

	b.OnAny().Play(hooktest.AfterRequest(hooktest.RST)).Drop().Pass()
	_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	fmt.Println(err)
	for _, r := range b.Requests() {
		fmt.Println(r)
	}
	// Output:
	// <nil>
	// connect, session s-1
	// connect, session s-1, attempt 2
	// connect, session s-1, attempt 3
}

// A backend that goes down and comes back.
func ExampleBackend_Down() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t)
	client := b.Client(resthook.WithBackoff(time.Millisecond, time.Millisecond))

	b.Down()
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	fmt.Println(errors.Is(err, resthook.ErrUnreachable))
	b.Up()
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// The failure message when two hooks did not come and another one came instead.
func ExampleBackend_AssertSequence() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t, hooktest.Within(50*time.Millisecond))

	session, err := b.Client().Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		fmt.Println(err)
	}
	if _, err := resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: "cam"}); err != nil {
		fmt.Println(err)
	}
	b.AssertSequence(t, "s-1", "connect", "publishStream", "ConnectionStatusEvent DISCONNECTED")
	// Output:
	// hooktest: session "s-1": not the hooks expected (-want +got):
	//     connect
	//   - publishStream
	//   - ConnectionStatusEvent DISCONNECTED
	//   + playStream
}

// The differences between two payloads in their JSON.
func ExampleAssertPayload() {
	t := new(printer) // in a test, its *testing.T
	want := &resthook.Call{CallID: "c-1", Callee: "helpdesk", HasAudio: true}
	got := &resthook.Call{CallID: "c-1", Callee: "100", HasAudio: true}
	hooktest.AssertPayload(t, want, got)
	// Output:
	// hooktest: not the payload expected (-want +got):
	//     {
	//       "callId": "c-1",
	//   -   "callee": "helpdesk",
	//   +   "callee": "100",
	//       "hasAudio": true
	//     }
}

// A hook that the test does not expect.
func ExampleStrict() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewBackend(t, hooktest.Strict("ConnectionStatusEvent"))
	b.On("connect").Overwrite(map[string]any{"login": "alice"})

	session, err := b.Client().Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	if err != nil {
		fmt.Println(err)
	}
	if _, err := resthook.Snapshot.Send(t.Context(), session, &resthook.Stream{Name: "cam", HasVideo: true}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hooktest: unexpected hook (-want +got):
	//   - one of ConnectionStatusEvent, connect
	//   + snapshot, session s-1, sequence 1
	//     {
	//       "hasAudio": false,
	//       "hasVideo": true,
	//       "name": "cam",
	//       "published": false,
	//       "record": false,
	//       "sessionId": "s-1"
	//     }
}

// A certificate expires, and is renewed.
func ExampleNewTLSBackend() {
	t := new(printer)
	defer t.end()
	b := hooktest.NewTLSBackend(t, hooktest.Expired)
	client := b.Client()

	_, err := client.Connect(t.Context(), &resthook.Connection{})
	fmt.Println(errors.Is(err, resthook.ErrTLS))
	b.Secure(hooktest.Trusted)
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// A bare socket can test any HTTP client.
func ExampleNewSocket() {
	t := new(printer)
	defer t.end()
	s := hooktest.NewSocket(t,
		hooktest.InStatusLine(hooktest.FIN), // the first answer stops after "HTTP/1.1 20"
		hooktest.Answer(200, `{"name":"cam"}`),
	)
	client := &http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/connect", strings.NewReader("{}"))
		if err != nil {
			fmt.Println(err)
		}
		response, err := client.Do(request)
		if err != nil {
			fmt.Println("no answer")
			continue
		}
		fmt.Println(response.Status)
		_ = response.Body.Close()
	}
	// Output:
	// no answer
	// 200 OK
}
