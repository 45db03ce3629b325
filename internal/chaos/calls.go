package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// What a step can do, other than sending the hook with its name.
const (
	doNotify    = "notify "
	doKeepAlive = "keep alive"
	doAdmitHLS  = "playHLS"
	doAdmitRTSP = "playRTSP"
)

func stepNames() []string {
	return []string{
		"publishStream", "publishStream", "publishStream", "playStream", "OnCallEvent", "StreamStatusEvent",
		doNotify + "StreamStatusEvent", doNotify + "StreamStatusEvent", doNotify + "StreamKeepAliveEvent", doNotify + "CallStatusEvent",
		doAdmitHLS, doAdmitRTSP, doKeepAlive,
	}
}

// call is one hook from the media server's side.
type call struct {
	nonce     int
	hook      string
	app       int
	shared    bool // other calls use the same nonce
	mirrors   bool // the payload that comes back has the nonce of the answer
	began     time.Time
	ended     time.Time
	deadline  time.Time
	disturbed bool // its context was canceled, or the client closed

	err      error
	info     string // of the payload that came back
	outcome  *resthook.Outcome
	attempts []seen
}

// seen is an attempt and when it was observed.
type seen struct {
	resthook.Attempt
	at time.Time
}

type callKey struct{}

// session plays the plan of one session.
func (s *storm) session(p SessionPlan) {
	session := s.enter(p)
	if session == nil {
		return
	}
	s.mu.Lock()
	s.sessions[session.ID()] = session
	s.mu.Unlock()
	var stops []func()
	for _, step := range p.Steps {
		if stop := s.step(session, p, step); stop != nil {
			stops = append(stops, stop)
		}
	}
	for _, stop := range stops {
		stop()
	}
	if p.Leave > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), p.Leave)
		defer cancel()
		_ = session.Disconnect(ctx)
	}
}

// enter connects or resumes the session.
func (s *storm) enter(p SessionPlan) (session *resthook.Session) {
	conn := &resthook.Connection{
		AppKey: s.plan.Apps[p.App].Key, SessionID: fmt.Sprintf("s.%d", p.Nonce), Origin: nonceText(p.Nonce),
		AuthToken: secretWord + "token", Custom: map[string]any{"token": secretWord},
	}
	if !p.Connect {
		conn.RestClientConfig, _ = resthook.ParsePolicy([]byte(policy))
		session, _ = s.client.Resume(conn)
		return session
	}
	s.ask(p.App, p.Nonce, "connect", Step{}, func(ctx context.Context, c *call) (err error) {
		if session, err = s.client.Connect(ctx, conn); err == nil {
			c.info = string(session.Connection().Info)
		}
		return err
	})
	return session
}

// ask makes a call and records its outcome.
func (s *storm) ask(app, nonce int, hook string, step Step, do func(context.Context, *call) error) {
	c := &call{nonce: nonce, hook: hook, app: app, began: time.Now()}
	c.mirrors = hook != doAdmitHLS && hook != doAdmitRTSP && hook != "StreamStatusEvent"
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), callKey{}, c))
	defer cancel()
	if step.Deadline > 0 {
		c.deadline = c.began.Add(step.Deadline)
		ctx, cancel = context.WithDeadline(ctx, c.deadline)
		defer cancel()
	}
	if step.Cancel > 0 {
		defer time.AfterFunc(step.Cancel, cancel).Stop()
	}
	s.hook()
	c.err = do(ctx, c)
	c.ended = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.disturbed = step.Cancel > 0 || !s.closedAt.IsZero()
	s.calls = append(s.calls, c)
}

// step plays a step. stop, if not nil, ends its keep-alives.
func (s *storm) step(session *resthook.Session, p SessionPlan, step Step) (stop func()) {
	name, notifies := strings.CutPrefix(step.Do, doNotify)
	switch {
	case notifies:
		for i := range step.Count {
			s.notify(session, name, step.Nonce+i, step.Size)
		}
	case step.Do == doKeepAlive:
		stop, _ = session.KeepAlive(&resthook.Stream{MediaSessionID: nonceText(step.Nonce)}, func(resthook.Info) {})
		return stop
	default:
		s.burst(session, p, step)
	}
	return nil
}

// burst sends several hooks at once.
func (s *storm) burst(session *resthook.Session, p SessionPlan, step Step) {
	var all sync.WaitGroup
	defer all.Wait()
	for i := range step.Count {
		one := func() { s.send(session, p, step, step.Nonce+i) }
		if step.Count == 1 {
			one()
		} else {
			all.Go(one)
		}
	}
}

func (s *storm) send(session *resthook.Session, p SessionPlan, step Step, nonce int) {
	if step.Do == doAdmitHLS || step.Do == doAdmitRTSP {
		s.admit(p, step)
		return
	}
	s.ask(p.App, nonce, step.Do, step, func(ctx context.Context, c *call) error {
		c.mirrors = c.mirrors && session.Policy() != nil
		if step.Do == "OnCallEvent" {
			got, err := resthook.OnCallEvent.Send(ctx, session, &resthook.Call{CallID: nonceText(nonce), SDP: filler(step.Size)})
			c.info = string(got.Info)
			return err
		}
		hook := map[string]resthook.Hook[resthook.Stream]{
			"publishStream": resthook.PublishStream, "playStream": resthook.PlayStream, "StreamStatusEvent": resthook.StreamStatusEvent,
		}[step.Do]
		got, err := hook.Send(ctx, session, stream(nonce, step.Size))
		c.info = string(got.Info)
		return err
	})
}

// admit asks whether to admit a player. All calls of a step ask the same.
func (s *storm) admit(p SessionPlan, step Step) {
	token := secretWord + nonceText(step.Nonce)
	player := &resthook.Playback{AppKey: s.plan.Apps[p.App].Key, Name: "cam", Custom: map[string]any{"token": token}}
	ask := s.client.AdmitHLS
	if step.Do == doAdmitRTSP {
		player.SessionID, player.Name = fmt.Sprintf("r.%d", step.Nonce), "rtsp://h/cam"
		player.Custom = map[string]any{"aclAuth": token}
		ask = s.client.AdmitRTSP
	}
	s.ask(p.App, step.Nonce, step.Do, step, func(ctx context.Context, c *call) error {
		c.shared = step.Count > 1
		return ask(ctx, player)
	})
}

func (s *storm) notify(session *resthook.Session, hook string, nonce, size int) {
	s.hook()
	var err error
	switch hook {
	case "StreamStatusEvent":
		err = resthook.StreamStatusEvent.Notify(context.Background(), session, stream(nonce, size))
	case "StreamKeepAliveEvent": // of the same stream: a newer one replaces it
		err = resthook.StreamKeepAliveEvent.Notify(context.Background(), session, &resthook.Stream{MediaSessionID: "m", Info: resthook.Info(nonceText(nonce)), SDP: filler(size)})
	default:
		err = resthook.CallStatusEvent.Notify(context.Background(), session, &resthook.Call{CallID: nonceText(nonce), Status: resthook.CallEstablished, SDP: filler(size)})
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.accepted[hook]++
	}
}

func stream(nonce, size int) *resthook.Stream {
	return &resthook.Stream{MediaSessionID: nonceText(nonce), Name: "cam", Status: resthook.StreamPublishing, SDP: filler(size)}
}

func filler(size int) string { return strings.Repeat("v=0 ", size/4) }

// noteStart, noteAttempt, noteEnd and noteEvent are the functions of the observer.
func (s *storm) noteStart(ctx context.Context, _ resthook.Start) context.Context { return ctx }

func (s *storm) noteAttempt(ctx context.Context, a resthook.Attempt) {
	defer s.callback()
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		c.attempts = append(c.attempts, seen{a, time.Now()})
	}
}

func (s *storm) noteEnd(ctx context.Context, end resthook.Outcome) {
	defer s.callback()
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		c.outcome = &end
	}
}

func (s *storm) noteEvent(_ context.Context, e resthook.EventOutcome) {
	defer s.callback()
	s.mu.Lock()
	s.outcomes = append(s.outcomes, e)
	n, session := len(s.outcomes), s.sessions[e.Session]
	s.mu.Unlock()
	if !s.plan.Callbacks || session == nil {
		return
	}
	switch n % 20 {
	case 0:
		s.notify(session, "StreamStatusEvent", s.plan.Nonces+int(s.extra.Add(1)), 0)
	case 10:
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		defer cancel()
		_ = session.Disconnect(ctx)
	}
}

// callback is called by every callback. It closes the client if an incident has asked for
// that.
func (s *storm) callback() {
	if patience := s.closes.Swap(nil); patience != nil {
		s.shut("close in a callback", *patience)
	}
}
