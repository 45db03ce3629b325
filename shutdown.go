package resthook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/wcskit/resthook/internal/pending"
)

// Shutdown ends the client at the end of a program: it lets no client in any more,
// ends all sessions that are open, so that the closing event of each is the last
// of its session, and closes the client as [Client.Close] does. Give it a context of
// its own with a deadline, since that of the work has ended by then. Its error is
// that of Close, and says how many closing events had no room in the queue. After a Close the closing events can't be sent any more: then the
// error matches [ErrClosed]. It is safe for concurrent use, also with Close and
// Disconnect; a second Shutdown waits for the first.
func (c *Client) Shutdown(ctx context.Context) error {
	if err := c.closable(ctx, "shutdown"); err != nil {
		return err
	}
	c.sessions.close()
	if !c.closing.first() {
		return c.shutAfterClose(ctx)
	}
	defer close(c.closing.over)
	held := c.events.hold() == nil
	shed := c.endSessions(ctx, held)
	if held {
		c.events.release()
	}
	err := c.finish(ctx)
	if n := shed.Load(); n > 0 {
		err = errors.Join(fmt.Errorf("shutdown: %d closing events had no room in the queue", n), err)
	}
	return err
}

// shutAfterClose waits for a Shutdown that was first, or for a Close: then the sessions
// are open still, and their closing events are refused.
func (c *Client) shutAfterClose(ctx context.Context) error {
	if err := c.waitForClose(ctx); err != nil {
		return err
	}
	refused := 0
	for _, s := range c.sessions.list() {
		if _, err := s.end(ctx, false, nil); err != nil {
			refused++
		}
	}
	if refused == 0 {
		return nil
	}
	return fmt.Errorf("shutdown: %d closing events were not queued: client %w", refused, ErrClosed)
}

// endSessions ends all sessions, those of each app apart, so that a slow backend delays only
// its own. It returns the count of closing events that are shed.
func (c *Client) endSessions(ctx context.Context, held bool) *atomic.Int64 {
	apps := map[*app][]*Session{}
	for _, s := range c.sessions.list() {
		own, _ := c.state.Load().app(s.ids.App()) // nil: none takes it
		apps[own] = append(apps[own], s)
	}
	shed := new(atomic.Int64)
	var all sync.WaitGroup
	for _, sessions := range apps {
		places := make(chan struct{}, c.placesFor(sessions, len(apps)))
		all.Go(func() {
			for _, s := range sessions {
				s.endWithin(ctx, held, places, shed)
			}
		})
	}
	all.Wait()
	return shed
}

// placesFor is how many closing events of sessions may wait at once: as many as fit in
// half of what the queue may hold of each app.
func (c *Client) placesFor(sessions []*Session, apps int) int {
	const moreThanAConnection = 1 << 10 // a closing event has a status, and is an event
	largest := 0
	for _, s := range sessions {
		largest = max(largest, len(s.conn)+moreThanAConnection)
	}
	limits := c.opts.queueLimits.filled()
	return max(1, min(limits.Events, limits.Bytes/largest)/(2*apps))
}

// endWithin ends a session when there is a place for its closing event, or
// when ctx has ended.
func (s *Session) endWithin(ctx context.Context, held bool, places chan struct{}, shed *atomic.Int64) {
	leave := func() { <-places }
	select {
	case places <- struct{}{}:
	case <-ctx.Done():
		leave = func() {}
	}
	first, err := s.end(ctx, held, func(o EventOutcome) {
		if o.Result == EventShed {
			shed.Add(1)
		}
		leave()
	})
	if err != nil || !first {
		leave()
	}
}

// Close ends the client: it takes no more hooks, waits until those in flight and
// all events are delivered and reported, and closes the connections it made. When
// ctx ends first, what is left is canceled, and Close says how much of what there
// was in an error that matches the context's. It returns then, at most half a second later,
// whatever a callback or a dialer does; only they can outlive it.
//
// A second Close waits for the first and returns nil; when its own context ends
// before, it says what is still to be done, and takes nothing away from the first.
// A nil context does nothing and gives an error that matches [ErrConfig]. Sessions
// that are open get no closing event: [Client.Shutdown] sends them.
func (c *Client) Close(ctx context.Context) error {
	if err := c.closable(ctx, "close"); err != nil {
		return err
	}
	if !c.closing.first() {
		return c.waitForClose(ctx)
	}
	defer close(c.closing.over)
	return c.finish(ctx)
}

// finish ends what a client does, after its sessions.
func (c *Client) finish(ctx context.Context) error {
	c.keepAlives.Close()
	c.renewal.end()
	c.admitted.close()
	c.sessions.close()
	c.events.open.Close()
	canceled := c.inFlight.Drain(ctx, errClosing)
	c.events.close(ctx)
	unreported := c.dispatcher.Drain(ctx)
	if c.transport != nil {
		c.transport.Close(ctx)
	}
	if c.proxy != nil {
		c.proxy.Close(ctx)
	}
	return c.leftOver(ctx, canceled, unreported)
}

// closable reports why a client can't be closed.
func (c *Client) closable(ctx context.Context, what string) error {
	switch {
	case !c.made():
		return fmt.Errorf("%s: %w", what, errNoClient)
	case ctx == nil:
		return fmt.Errorf("%s: %w", what, errNilContext)
	}
	return nil
}

var (
	errNoClient     = fmt.Errorf("%w: a client that NewClient did not make", ErrConfig)
	errClientClosed = fmt.Errorf("client %w", ErrClosed)
	// errClosing ends what Close does not wait for any longer.
	errClosing = errors.New("the client was closed")
)

// closing is the first Close, which others wait for.
type closing struct {
	mu    sync.Mutex
	begun bool
	over  chan struct{}
}

func (c *closing) init() { c.over = make(chan struct{}) }

func (c *closing) first() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.begun
	c.begun = true
	return first
}

func (c *Client) waitForClose(ctx context.Context) error {
	if pending.Wait(ctx, c.closing.over) {
		return nil
	}
	return fmt.Errorf("close: another Close still waits for %d hooks and %d events: %w", c.inFlight.Count(), c.events.open.Count(), ended(ctx))
}

// leftOver is the error of a Close that had to leave something.
func (c *Client) leftOver(ctx context.Context, canceled, unreported int) error {
	var parts []string
	say := func(n int, format string, what ...any) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, append([]any{n}, what...)...))
		}
	}
	say(canceled, "%d hooks in flight were canceled")
	left := c.events.counts.left()
	for _, hook := range slices.Sorted(maps.Keys(left)) {
		say(left[hook], "%d %s not delivered", hook)
	}
	say(c.events.open.Count(), "%d events not over")
	say(c.inFlight.Count()+c.events.running.Count(), "%d hooks, attempts or callbacks have not returned")
	say(unreported, "%d callbacks of events have not returned or were not made")
	switch {
	case len(parts) == 0:
		return nil
	case ctx.Err() == nil: // a queue that keeps events over the end
		return fmt.Errorf("close: %s", strings.Join(parts, ", "))
	}
	return fmt.Errorf("close: %s: %w", strings.Join(parts, ", "), ended(ctx))
}

// sessions are those that are open.
type sessions struct {
	mu     sync.Mutex
	closed bool
	last   uint64
	open   map[*Session]uint64 // with their numbers
}

// Sessions returns the sessions that are open, in the order in which they were made
// by [Client.Connect] and [Client.Resume]: those that [Session.Disconnect] was not called for. The slice
// is the caller's. A session that is never disconnected stays in memory as long as
// the client, as it stays with the backend. It is safe for concurrent use.
func (c *Client) Sessions() []*Session {
	if !c.made() {
		return nil
	}
	return c.sessions.list()
}

// add takes in a session, unless the end has come.
func (o *sessions) add(s *Session) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	if o.open == nil {
		o.open = map[*Session]uint64{}
	}
	o.last++
	o.open[s] = o.last
	return true
}

func (o *sessions) remove(s *Session) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, s)
}

func (o *sessions) list() []*Session {
	o.mu.Lock()
	open := maps.Clone(o.open)
	o.mu.Unlock()
	return slices.SortedFunc(maps.Keys(open), func(a, b *Session) int { return cmp.Compare(open[a], open[b]) })
}

func (o *sessions) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
}

func (o *sessions) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}
