package durable

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// Crash ends a store as the end of its process would: nothing is said to anybody.
func (s *Store) Crash() {
	s.stop()
	s.puts.Close()
	s.ends.Close()
	s.conn.Close()
	s.tenure.close()
	s.workers.Wait()
	s.requests.Close()
	if s.end != nil {
		_ = s.end(context.Background())
	}
}

// Lapse does what four seconds without a renewal do.
func (s *Store) Lapse() { s.tenure.end() }

// OpenEntries is how many messages the journal has.
func (s *Store) OpenEntries(ctx context.Context) (n int) {
	info, err := s.events.Info(ctx, jetstream.WithSubjectFilter(wire.AllOpen))
	if err != nil {
		return -1
	}
	for _, messages := range info.State.Subjects {
		n += int(messages)
	}
	return n
}

// Mark does what another node does that takes this one for dead.
func (s *Store) Mark(ctx context.Context) error {
	return s.MarkNode(ctx, s.currentBoot().Node)
}

// MarkNode takes another node for dead.
func (s *Store) MarkNode(ctx context.Context, node string) error {
	last, err := s.get(ctx, wire.LeaseSubject(node))
	if err == nil {
		_, err = s.put(ctx, wire.LeaseSubject(node), []byte("!"+string(last.body)), last.sequence)
	}
	return err
}

// NextOfIdle reads on with a consumer that says that nothing is left, after what was read up to a sequence.
func (s *Store) NextOfIdle(ctx context.Context, last uint64) (more bool, err error) {
	return (&estate{Store: s}).next(ctx, idle{}, &progress{filter: wire.AllEvents, last: last}, nil)
}

type idle struct{ jetstream.Consumer }

func (idle) Info(context.Context) (*jetstream.ConsumerInfo, error) {
	return &jetstream.ConsumerInfo{}, nil
}
