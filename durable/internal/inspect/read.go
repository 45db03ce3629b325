package inspect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// A stream is read by a request for each message, since a consumer would hinder those who deliver.
// Several parts of it, one behind the other, are read at the same time: the way to a cluster and back
// is longer than its work.
const (
	parts     = 16      // at the same time
	partMost  = 32      // messages of a part
	partBytes = 1 << 20 // of a part, about
	widest    = 4096    // sequences of a part
)

// reader reads the messages of a stream that match a filter, oldest first.
type reader struct {
	stream jetstream.Stream
	filter string
	next   uint64 // the sequence to go on at
	last   uint64 // the last one to read
	width  uint64 // sequences of a part: more where few of them are there and match
}

// newReader reads what is in the stream now.
func newReader(ctx context.Context, stream jetstream.Stream, filter string) (*reader, error) {
	info, err := stream.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", stream.CachedInfo().Config.Name, err)
	}
	return &reader{stream: stream, filter: filter, next: max(1, info.State.FirstSeq), last: info.State.LastSeq, width: partMost / 2}, nil
}

// each calls take with each message until it returns false.
func (r *reader) each(ctx context.Context, take func(*jetstream.RawStreamMsg) bool) error {
	for r.next <= r.last {
		messages, err := r.round(ctx)
		if err != nil {
			return fmt.Errorf("read stream %s: %w", r.stream.CachedInfo().Config.Name, err)
		}
		for _, m := range messages {
			if m.Sequence > r.last || !take(m) {
				return nil
			}
		}
	}
	return nil
}

// part is what was read of a part.
type part struct {
	messages []*jetstream.RawStreamMsg
	next     uint64 // where the part is not whole, or there is no message before
	end      uint64 // the first sequence behind the part
	err      error
}

// round reads some parts.
func (r *reader) round(ctx context.Context) (messages []*jetstream.RawStreamMsg, err error) {
	var read [parts]part
	var all sync.WaitGroup
	for i := range read {
		from := r.next + uint64(i)*r.width
		if from > r.last {
			break
		}
		all.Go(func() { read[i] = r.part(ctx, from, from+r.width) })
	}
	all.Wait()
	for i, p := range read {
		switch {
		case p.err != nil:
			return nil, p.err
		case p.end == 0: // it was not read
			return messages, nil
		}
		messages = append(messages, p.messages...)
		r.next = max(r.next, p.next)
		if p.next < p.end { // what was read behind it is not in line
			r.width = max(1, r.width/4)
			return messages, nil
		}
		if i == parts-1 && len(messages) <= parts*partMost/2 {
			r.width = min(2*r.width, widest)
		}
	}
	return messages, nil
}

// part reads the messages from a sequence up to another one, or the first of them.
func (r *reader) part(ctx context.Context, from, end uint64) part {
	p := part{next: from, end: end}
	size := 0
	for p.next < end && len(p.messages) < partMost && size < partBytes {
		m, err := r.stream.GetMsg(ctx, p.next, jetstream.WithGetMsgSubject(r.filter))
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			p.next = math.MaxUint64
			return p
		case err != nil:
			p.err = err
			return p
		case m.Sequence >= end:
			p.next = m.Sequence
			return p
		}
		p.messages = append(p.messages, m)
		p.next = m.Sequence + 1
		size += len(m.Data)
	}
	return p
}

// first returns the first message that matches, or nil.
func first(ctx context.Context, stream jetstream.Stream, filter string) (*jetstream.RawStreamMsg, error) {
	m, err := stream.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(filter))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream.CachedInfo().Config.Name, err)
	}
	return m, nil
}
