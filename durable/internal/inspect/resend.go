package inspect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// resendNode is the node whose boots leave what is sent again. It is never alive.
const resendNode = "resend"

// ErrFull is the error where the store has no room for what is to be sent again.
var ErrFull = errors.New("the store is full to 80 %")

// fullest is how full the store may be: the rest is for the events of the media servers.
const fullest = 0.8

// Resend makes dead letters events again, in their order: the estate of a boot that is over, which a
// media server takes within seconds, or when one starts. An event keeps its id. Its age and its
// attempts are counted anew. A dead letter is removed when its event is stored; where the command ends
// between, the event may be delivered twice.
func (s *Store) Resend(ctx context.Context, which Which) (c Changed, err error) {
	events, err := s.stream(ctx, wire.Events)
	if err != nil {
		return c, err
	}
	dead, err := s.stream(ctx, wire.Dead)
	if err != nil {
		return c, err
	}
	r := resending{Store: s, boot: wire.Boot{Node: resendNode, ID: strings.ToLower(rand.Text())}, events: events}
	found := map[string]bool{}
	var fault error
	err = letters(ctx, dead, which, false, func(l Letter) bool {
		found[l.ID] = true
		if l.Priority == damaged {
			c.Damaged = append(c.Damaged, l.ID)
			return true
		}
		fault = r.put(ctx, l)
		return fault == nil
	})
	err = errors.Join(err, fault)
	if err == nil {
		c.Missing = which.missing(found)
	}
	// What is stored is made known, and is no dead letter any more, also where the rest failed.
	n, end := r.end(context.WithoutCancel(ctx), dead)
	c.Done = n
	return c, errors.Join(err, end)
}

// resending are events that are made anew.
type resending struct {
	*Store

	boot   wire.Boot
	events jetstream.Stream
	stored []Letter
}

// put stores the event of a dead letter.
func (r *resending) put(ctx context.Context, l Letter) error {
	const often = 200
	if len(r.stored)%often == 0 {
		if err := r.room(ctx); err != nil {
			return err
		}
	}
	m, err := again(l, r.boot)
	if err != nil {
		return err
	}
	if _, err := r.js.PublishMsg(ctx, m); err != nil {
		return fmt.Errorf("send dead letter %s again: %w", l.ID, err)
	}
	l.event.Body = nil
	r.stored = append(r.stored, l)
	return nil
}

// again is the event of a dead letter as a message. Its id as a message is of this dead letter alone:
// JetStream would take the event's own for a duplicate, as long as it remembers it.
func again(l Letter, boot wire.Boot) (*nats.Msg, error) {
	e := l.event
	e.Time, e.Attempts, e.Unanswered = time.Now(), 0, 0
	m, err := wire.Message(&e)
	if err != nil {
		return nil, err
	}
	m.Subject = wire.EventSubject(boot, wire.EventPlace(&e))
	m.Header.Set(nats.MsgIdHdr, "resend."+l.ID+"."+strconv.FormatUint(l.number, 10))
	return m, nil
}

func (r *resending) room(ctx context.Context) error {
	info, err := r.events.Info(ctx)
	if err != nil {
		return fmt.Errorf("size of the store: %w", err)
	}
	if full(info.State.Msgs, info.Config.MaxMsgs) >= fullest || full(info.State.Bytes, info.Config.MaxBytes) >= fullest {
		return fmt.Errorf("send dead letters again: %w", ErrFull)
	}
	return nil
}

// end makes the boot known, so that its estate is taken at once, and removes the dead letters. Not
// before all events are stored: else the estate could be over before they are.
func (r *resending) end(ctx context.Context, dead jetstream.Stream) (removed int, err error) {
	if len(r.stored) == 0 {
		return 0, nil
	}
	announcement := &nats.Msg{Subject: wire.BootSubject(r.boot), Data: wire.Owner(r.boot, 0)}
	if _, err := r.js.PublishMsg(ctx, announcement); err != nil {
		return 0, fmt.Errorf("make the events known: %w", err)
	}
	for _, l := range r.stored {
		if err := drop(ctx, dead, l); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
