package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// other is another node, as it was seen last.
type other struct {
	revision uint64
	value    string
	unmoved  int // own renewals since
}

// errMoved is the error where a value is not what it was when it was read.
var errMoved = errors.New("another process has changed it meanwhile")

// put sets a value of the nodes' stream, where the last one has that revision.
func (s *Store) put(ctx context.Context, subject string, value []byte, revision uint64) (uint64, error) {
	ack, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: value}, jetstream.WithExpectLastSequencePerSubject(revision), jetstream.WithRetryAttempts(0))
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, errMoved
	}
	if err != nil {
		return 0, fmt.Errorf("set %s: %w", subject, err)
	}
	return ack.Sequence, nil
}

// get reads a value of the nodes' stream from its leader; one that is not there is empty.
func (s *Store) get(ctx context.Context, subject string) (message, error) {
	m, err := s.nodes.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return message{}, nil
	case err != nil:
		return message{}, fmt.Errorf("get %s: %w", subject, err)
	}
	return message{subject: m.Subject, sequence: m.Sequence, body: m.Data}, nil
}

// all reads the values of all subjects that match.
func (s *Store) all(ctx context.Context, filter string) ([]message, error) {
	info, err := s.nodes.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", filter, err)
	}
	var all []message
	for subject := range info.State.Subjects {
		m, err := s.get(ctx, subject)
		if err != nil {
			return nil, err
		}
		if m.sequence != 0 {
			all = append(all, m)
		}
	}
	return all, nil
}

// watch looks at the leases of the other nodes after a renewal of its own, and marks those that have
// not moved for too long.
func (s *Store) watch(ctx context.Context) error {
	leases, err := s.all(ctx, wire.AllLeases)
	if err != nil {
		return err
	}
	seen := map[string]*other{}
	for _, l := range leases {
		node := wire.NodeOf(l.subject)
		if node == s.opts.node {
			continue
		}
		o := &other{revision: l.sequence, value: string(l.body)}
		if before := s.holding.others[node]; before != nil && before.revision == l.sequence {
			o.unmoved = before.unmoved + 1
		}
		seen[node] = o
		if o.unmoved >= deadAfter && !marked(o.value) && s.tenure.fresh() {
			s.markDead(ctx, node, o)
		}
	}
	s.holding.others = seen
	return nil
}

// marked reports whether a lease is that of a node that was found dead.
func marked(value string) bool { return strings.HasPrefix(value, "!") }

// markDead changes the lease of a dead node, so that what it sends later can't be taken for its own
// renewal.
func (s *Store) markDead(ctx context.Context, node string, o *other) {
	_, err := s.put(ctx, wire.LeaseSubject(node), []byte("!"+o.value), o.revision)
	switch {
	case err == nil:
		s.logger.Warn("node dead", slog.String("dead", node))
	case !errors.Is(err, errMoved):
		s.faulty("lease", err)
	}
}
