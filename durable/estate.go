package durable

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// estate is what a boot has left that is over: events, and what was open. This process has claimed it.
type estate struct {
	*Store

	boot wire.Boot
	line *line // stands for all of its lines
	own  bool  // of this node

	// Guarded by the store's lock.
	entries map[string]*inherited // what is open, by the id of its closing event
	apps    map[string]*estateApp
	changed chan struct{} // closed when an event is over
}

// inherited is something that a boot has left open.
type inherited struct {
	estate   *estate
	event    resthook.Event
	subject  string
	sequence uint64
}

// estateApp is what an estate has of an app. A backend that is away holds up no other app.
type estateApp struct {
	estate  *estate
	app     string
	drained bool // everything that was in the store is in memory, or over
	events  int  // in memory
	bytes   int
}

// What an estate has of an app in memory at once. The rest waits in the store.
const (
	windowEvents = 10_000
	windowBytes  = 64 << 20
	batch        = 500
)

// newEstate makes the estate of a boot, nil where there is one.
func (s *Store) newEstate(b wire.Boot) *estate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.estates[b] != nil || s.boot.over {
		return nil
	}
	e := &estate{
		Store: s, boot: b, line: &line{boot: s.boot, usage: &usage{}, estate: true}, own: b.Node == s.opts.node,
		apps: map[string]*estateApp{}, changed: make(chan struct{}),
	}
	s.estates[b] = e
	return e
}

func (s *Store) endEstate(e *estate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range e.entries {
		s.dropKept(i)
	}
	delete(s.estates, e.boot)
}

// run works the estate off: for each app first the events, then the closing events of what is open.
func (e *estate) run() {
	defer e.endEstate(e)
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		left, err := e.workOff()
		switch {
		case e.running.Err() != nil || e.isLost():
			return
		case err != nil:
			e.faulty("estate", fmt.Errorf("estate of boot %s: %w", e.boot, err))
		case !left:
			e.logger.Info("estate over", slog.String("of", e.boot.Node), slog.String("boot", e.boot.ID))
			return
		}
		select {
		case <-time.After(wait):
		case <-e.running.Done():
			return
		}
	}
}

func (e *estate) isLost() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.line.lost()
}

// workOff does what there is. It returns whether there is more: a process that slept may have stored
// something meanwhile.
func (e *estate) workOff() (left bool, err error) {
	ctx := e.running
	if err := e.ends.Barrier(ctx); err != nil { // else what is over is read once more
		return true, err
	}
	if err := e.prepare(ctx); err != nil {
		return true, err
	}
	apps, err := e.findApps(ctx)
	if err != nil {
		return true, err
	}
	faults := make([]error, len(apps))
	var all sync.WaitGroup
	for i, a := range apps {
		all.Go(func() { faults[i] = a.workOff(ctx) })
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		return true, err
	}
	if err := e.ends.Barrier(ctx); err != nil {
		return true, err
	}
	if e.leaves(ctx, e.boot) {
		e.readAgain()
		return true, nil
	}
	if err := e.nodes.Purge(ctx, jetstream.WithPurgeSubject(wire.BootSubject(e.boot))); err != nil {
		return true, fmt.Errorf("end: %w", err)
	}
	return false, nil
}

// readAgain has what is open read again in the next round. The boot may have opened something since it
// was read.
func (e *estate) readAgain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, i := range e.entries {
		e.dropKept(i)
	}
	e.entries = nil
}

// consumer names a consumer of the estate by its boot, its claimant and what it reads.
func (e *estate) consumer(what string) string {
	return "h-" + e.boot.ID + "-" + e.line.boot.ID[:8] + "-" + what
}

// prepare reads what is open, unless it is known, and puts it again: from then on nothing that the boot still sends
// for these sessions is stored.
func (e *estate) prepare(ctx context.Context) error {
	e.mu.Lock()
	done := e.entries != nil
	e.mu.Unlock()
	if done {
		return nil
	}
	if err := e.dropConsumers(ctx); err != nil {
		return err
	}
	entries := map[string]*inherited{}
	err := e.read(ctx, e.consumer("o"), wire.OpenOf(e.boot), func(m message) {
		event, err := wire.Event(m.header, m.body)
		if err != nil {
			e.damaged(m, err)
			return
		}
		if before := entries[event.ID]; before == nil || before.sequence < m.sequence {
			entries[event.ID] = &inherited{estate: e, event: event, subject: m.subject, sequence: m.sequence}
		}
	})
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if err := e.fence(ctx, entries); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(entries, func(id string, _ *inherited) bool { return e.Store.entries[id] != nil }) // resumed meanwhile
	e.entries = entries
	if e.own {
		for _, i := range entries {
			key := Session{AppKey: i.event.AppKey, ID: i.event.Session}
			e.kept[key] = append(e.kept[key], i)
		}
	}
	return nil
}

// dropKept makes an entry one that can't be resumed any more. The lock is held.
func (s *Store) dropKept(i *inherited) {
	key := Session{AppKey: i.event.AppKey, ID: i.event.Session}
	left := s.kept[key][:0]
	for _, other := range s.kept[key] {
		if other != i {
			left = append(left, other)
		}
	}
	if s.kept[key] = left; len(left) == 0 {
		delete(s.kept, key)
	}
}

// fence puts the entries of sessions again.
func (e *estate) fence(ctx context.Context, entries map[string]*inherited) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var gone []string
	for id, i := range entries {
		if !wire.IsSession(i.subject) {
			continue
		}
		m, err := wire.Message(&i.event)
		if err != nil {
			return err
		}
		m.Subject = i.subject
		m.Header.Set(wire.HeaderFence, e.line.boot.ID)
		m.Header.Set(headerExpected, strconv.FormatUint(i.sequence, 10))
		all.Add(1)
		e.puts.Add(&pump.Task{
			Message: func() *nats.Msg { return m },
			Done: func(reply *nats.Msg, err error) pump.Verdict {
				r, err := requests.Read(reply, err)
				switch {
				case err == nil:
					e.inTurn([]*nats.Msg{deletion(i.sequence)}) // else each restart would add one
					i.sequence = r.Sequence
				case requests.WrongSequence(err): // it has ended, or an earlier try was stored
					mu.Lock()
					gone = append(gone, id)
					mu.Unlock()
				default:
					e.faulty("fence", err)
					if ctx.Err() == nil {
						return pump.Again
					}
				}
				all.Done()
				return pump.Over
			},
		})
	}
	if err := waitFor(ctx, &all); err != nil {
		return err
	}
	for _, id := range gone {
		e.lookAgain(ctx, entries, id)
	}
	return nil
}

// lookAgain finds out what became of an entry that could not be put again.
func (e *estate) lookAgain(ctx context.Context, entries map[string]*inherited, id string) {
	i := entries[id]
	m, err := e.events.GetLastMsgForSubject(ctx, i.subject)
	if err != nil || m.Header.Get(wire.HeaderFence) != e.line.boot.ID {
		delete(entries, id) // what is there is found by the next round
		return
	}
	i.sequence = m.Sequence
}

func waitFor(ctx context.Context, all *sync.WaitGroup) error {
	over := make(chan struct{})
	go func() {
		defer close(over)
		all.Wait()
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dropConsumers deletes what earlier claimants have read with: the stream lets only one read a message.
func (e *estate) dropConsumers(ctx context.Context) error {
	names := e.events.ConsumerNames(ctx)
	var old []string
	for name := range names.Name() {
		if strings.HasPrefix(name, "h-"+e.boot.ID+"-") {
			old = append(old, name)
		}
	}
	if err := names.Err(); err != nil {
		return fmt.Errorf("list consumers: %w", err)
	}
	for _, name := range old {
		if err := e.dropConsumer(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (e *estate) dropConsumer(ctx context.Context, name string) error {
	if err := e.events.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("delete consumer: %w", err)
	}
	return nil
}

// reader makes a consumer of the messages that match, from the first on: of an earlier one, messages may
// have been lost on the way.
func (e *estate) reader(ctx context.Context, name, filter string) (jetstream.Consumer, error) {
	if err := e.dropConsumer(ctx, name); err != nil {
		return nil, err
	}
	c, err := e.events.CreateConsumer(ctx, jetstream.ConsumerConfig{
		Name: name, FilterSubject: filter, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 24 * time.Hour, MaxAckPending: -1,
		DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: time.Hour, MemoryStorage: true,
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filter, err)
	}
	return c, nil
}

// read reads all messages that match, in the order in which they were stored.
func (e *estate) read(ctx context.Context, name, filter string, take func(message)) error {
	c, err := e.reader(ctx, name, filter)
	if err != nil {
		return err
	}
	read := uint64(0)
	for more := true; more; {
		if more, err = e.next(ctx, c, &read, take); err != nil {
			return errors.Join(err, e.dropConsumer(ctx, name))
		}
	}
	return e.dropConsumer(ctx, name)
}

// next reads some messages more, and returns false where there are none. It asks for as many as there
// are: a fetch that gets fewer waits, and what comes later is lost. read counts them.
func (e *estate) next(ctx context.Context, c jetstream.Consumer, read *uint64, take func(message)) (more bool, err error) {
	info, err := c.Info(ctx)
	if err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	switch {
	case info.Delivered.Consumer != *read: // what follows must not overtake it
		return false, errors.New("fetch: messages were lost on the way")
	case info.NumPending == 0:
		return false, nil
	}
	messages, err := c.Fetch(int(min(batch, info.NumPending)), jetstream.FetchMaxWait(replyTime))
	if err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	for m, err := range received(ctx, messages) {
		if err != nil {
			return false, err
		}
		meta, err := m.Metadata()
		if err != nil {
			return false, fmt.Errorf("fetch: %w", err)
		}
		*read++
		take(message{subject: m.Subject(), sequence: meta.Sequence.Stream, header: m.Headers(), body: m.Data(), time: meta.Timestamp})
	}
	if err := messages.Error(); err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	return true, nil
}

// received is what a fetch gets, until it is over or ctx ends.
func received(ctx context.Context, batch jetstream.MessageBatch) iter.Seq2[jetstream.Msg, error] {
	return func(yield func(jetstream.Msg, error) bool) {
		for {
			select {
			case m, ok := <-batch.Messages():
				if !ok || !yield(m, nil) {
					return
				}
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
		}
	}
}

// findApps returns the apps that have something in the estate.
func (e *estate) findApps(ctx context.Context) (apps []*estateApp, err error) {
	info, err := e.events.Info(ctx, jetstream.WithSubjectFilter(wire.EventsOf(e.boot)))
	if err != nil {
		return nil, fmt.Errorf("list the events: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	found := map[string]bool{}
	for subject := range info.State.Subjects {
		if p, ok := wire.ParseSubject(subject); ok {
			found[p.App] = true
		}
	}
	for _, i := range e.entries {
		found[i.event.App] = true
	}
	for app := range found {
		if e.apps[app] == nil {
			e.apps[app] = &estateApp{estate: e, app: app}
		}
		apps = append(apps, e.apps[app])
	}
	return apps, nil
}

// damaged moves a message that is no event to the dead letters.
func (e *estate) damaged(m message, err error) {
	e.logger.Error("damaged event", slog.String("subject", m.subject), slog.Uint64("sequence", m.sequence), slog.Any("error", err))
	letter := &nats.Msg{Subject: wire.DamagedSubject(m.subject), Data: m.body, Header: nats.Header{wire.HeaderReason: {"damaged"}}}
	e.remove(&record{dead: letter, sequence: m.sequence})
}
