// Quickstart is the main job of resthook in one program: a media server asks
// its backend what its clients may do, and tells it what happened. The backend
// is embedded, so that nothing has to be set up:
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/wcskit/resthook"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run runs the example and prints each step.
func run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	server, err := newMediaServer(out)
	if err != nil {
		return err
	}
	defer server.stop()
	appBackend, err := startBackend(server.url())
	if err != nil {
		return err
	}
	defer appBackend.stop()

	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: appBackend.url()}))
	if err != nil {
		return err
	}
	s := story{out: out, client: client, server: server}
	return errors.Join(s.play(ctx), client.Close(ctx))
}

// story is what a media server does for two clients, Alice and Bob.
type story struct {
	out        io.Writer
	client     *resthook.Client
	server     *mediaServer
	alice, bob *resthook.Session
}

func (s *story) play(ctx context.Context) error {
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"1. Clients connect: the backend checks their token", s.connect},
		{"2. A wrong token is refused", s.refuse},
		{"3. Alice publishes: the backend renames her stream", s.publish},
		{"4. Status events tell the backend what happened", s.report},
		{"5. A chat message goes to every connected client", s.chat},
		{"6. Bob calls: the backend redirects the call", s.call},
		{"7. Both disconnect", s.disconnect},
	} {
		fmt.Fprintf(s.out, "\n%s\n", step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, "   "+format+"\n", args...) }

func (s *story) connect(ctx context.Context) (err error) {
	if s.alice, err = s.admit(ctx, "alice"); err != nil {
		return err
	}
	s.bob, err = s.admit(ctx, "bob")
	return err
}

// admit lets a client in whom the backend lets in.
func (s *story) admit(ctx context.Context, login string) (*resthook.Session, error) {
	session, err := s.client.Connect(ctx, &resthook.Connection{
		NodeID: nodeID, AppKey: "defaultApp", SessionID: "session-of-" + login, Login: login,
		Custom: map[string]any{"token": "secret"},
	})
	if err != nil {
		return nil, err
	}
	s.server.join(session.Connection().SessionID, login)
	s.say("connect        %-5s with the right token -> admitted, publishStream is now %s",
		login, session.Policy().Rule("publishStream").RestPolicy)
	return session, nil
}

func (s *story) refuse(ctx context.Context) error {
	_, err := s.client.Connect(ctx, &resthook.Connection{
		AppKey: "defaultApp", SessionID: "session-of-eve", Login: "eve",
		Custom: map[string]any{"token": "guessed"},
	})
	if !resthook.Denied(err) {
		return fmt.Errorf("eve was not refused: %w", err)
	}
	var refusal *resthook.Error
	errors.As(err, &refusal)
	s.say("connect        eve   with a wrong token  -> denied, status %d after %d attempt", refusal.Status, refusal.Attempts)
	return nil
}

func (s *story) publish(ctx context.Context) error {
	asked := &resthook.Stream{MediaSessionID: "m-1", Name: "cam", Published: true, HasVideo: true, Status: resthook.StreamPending}
	stream, err := resthook.PublishStream.Send(ctx, s.alice, asked)
	if err != nil {
		return err
	}
	s.say("publishStream  alice asks for %q      -> published as %q", asked.Name, stream.Name)
	return nil
}

func (s *story) report(ctx context.Context) error {
	for _, status := range []resthook.StreamStatus{resthook.StreamPublishing, resthook.StreamUnpublished} {
		// Notify returns at once; the events arrive in this order.
		err := resthook.StreamStatusEvent.Notify(ctx, s.alice, &resthook.Stream{
			MediaSessionID: "m-1", Name: "live/cam", Published: true, HasVideo: true, Status: status,
		})
		if err != nil {
			return err
		}
		s.say("StreamStatusEvent live/cam %s", status)
	}
	return nil
}

func (s *story) chat(ctx context.Context) error {
	_, err := resthook.OnDataEvent.Send(ctx, s.bob, &resthook.Data{
		OperationID: "op-1", Payload: map[string]any{"body": "hello, all"},
	})
	if err != nil {
		return err
	}
	s.say("OnDataEvent    from bob -> %s", resthook.DataAccepted)
	return nil
}

func (s *story) call(ctx context.Context) error {
	asked := &resthook.Call{CallID: "c-1", Caller: "bob", Callee: "100", HasAudio: true, Status: resthook.CallPending}
	call, err := resthook.MakeCall.Send(ctx, s.bob, asked)
	if err != nil {
		return err
	}
	s.say("call           bob dials %s            -> %s is called", asked.Callee, call.Callee)
	return nil
}

func (s *story) disconnect(ctx context.Context) error {
	for _, session := range []*resthook.Session{s.alice, s.bob} {
		if err := session.Disconnect(ctx); err != nil {
			return err
		}
		s.server.leave(session.Connection().SessionID)
		s.say("ConnectionStatusEvent %s %s", session.Connection().Login, resthook.ConnectionDisconnected)
	}
	return nil
}
