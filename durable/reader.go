package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// consumer names a consumer of the estate by its boot, its claimant and what it reads.
func (e *estate) consumer(what string) string {
	return "h-" + e.boot.ID + "-" + e.line.boot.ID[:8] + "-" + what
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
	read := progress{filter: filter}
	for more := true; more; {
		if more, err = e.next(ctx, c, &read, take); err != nil {
			return errors.Join(err, e.dropConsumer(ctx, name))
		}
	}
	return e.dropConsumer(ctx, name)
}

// progress is what a reader has read.
type progress struct {
	filter   string
	messages uint64
	last     uint64 // sequence
}

// complete asks the leader of the stream whether all was read. The reader may be on a server that lags behind: without
// this, closing events went out before events that it had not seen yet.
func (e *estate) complete(ctx context.Context, read *progress) error {
	last, err := e.events.GetLastMsgForSubject(ctx, read.filter)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("fetch: %w", err)
	case last.Sequence > read.last:
		return errors.New("fetch: the reader lags behind the stream")
	}
	return nil
}

// next reads some messages more, and returns false where there are none. It asks for as many as there
// are: a fetch that gets fewer waits, and what comes later is lost.
func (e *estate) next(ctx context.Context, c jetstream.Consumer, read *progress, take func(message)) (more bool, err error) {
	info, err := c.Info(ctx)
	if err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	switch {
	case info.Delivered.Consumer != read.messages: // what follows must not overtake it
		return false, errors.New("fetch: messages were lost on the way")
	case info.NumPending == 0:
		return false, e.complete(ctx, read)
	}
	fetching, cancel := context.WithTimeout(ctx, replyTime)
	defer cancel()
	messages, err := c.Fetch(int(min(batch, info.NumPending)), jetstream.FetchContext(fetching))
	if err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	for m := range messages.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return false, fmt.Errorf("fetch: %w", err)
		}
		read.messages++
		read.last = meta.Sequence.Stream
		take(message{subject: m.Subject(), sequence: meta.Sequence.Stream, header: m.Headers(), body: m.Data(), time: meta.Timestamp})
	}
	if err := messages.Error(); err != nil {
		return false, fmt.Errorf("fetch: %w", err)
	}
	return true, nil
}
