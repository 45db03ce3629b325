package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/pump"
	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// deadLetter is an event that was given up, as a message.
func deadLetter(e *resthook.Event, result resthook.EventResult) *nats.Msg {
	m, err := wire.Message(e)
	if err != nil {
		return nil // it was a message before
	}
	m.Subject = wire.DeadSubject(e)
	m.Header.Set(wire.HeaderReason, string(result))
	return m
}

// remove removes an event that is over: where it was given up, it becomes a dead letter first.
func (s *Store) remove(r *record) {
	var steps []*nats.Msg
	if r.dead != nil {
		// Not the event's id alone: one that is sent again from the dead letters may fail again at once.
		r.dead.Header.Set(nats.MsgIdHdr, r.id+"."+strconv.FormatUint(r.sequence, 10))
		steps = append(steps, r.dead)
	}
	for _, sequence := range append(r.also, r.sequence) {
		if sequence != 0 {
			steps = append(steps, deletion(sequence))
		}
	}
	s.oneByOne(append(steps, r.last...))
}

// deletion is the request that removes a message.
func deletion(sequence uint64) *nats.Msg {
	return requestsFor("MSG.DELETE", `{"seq":`+strconv.FormatUint(sequence, 10)+`,"no_erase":true}`)
}

// oneByOne sends requests one after the other, each until it has been carried out.
func (s *Store) oneByOne(steps []*nats.Msg) {
	if len(steps) == 0 {
		return
	}
	s.ends.Add(&pump.Task{
		Message: func() *nats.Msg { return steps[0] },
		Done: func(m *nats.Msg, err error) pump.Verdict {
			_, err = requests.Read(m, err)
			switch {
			case err == nil, requests.NotFound(err):
			case requests.TooLarge(err): // a dead letter that no stream takes would be tried for ever
				s.faulty("remove", err)
			default:
				s.faulty("remove", err)
				return pump.Again
			}
			if steps = steps[1:]; len(steps) > 0 {
				return pump.Next
			}
			return pump.Over
		},
	})
}

// message is one that lies in a stream.
type message struct {
	subject  string
	sequence uint64
	header   nats.Header
	body     []byte
	time     time.Time
}

// lastMessage reads the reply to a request for a message.
func lastMessage(m *nats.Msg, err error) (message, error) {
	if err != nil {
		return message{}, err
	}
	var reply struct {
		Message *struct {
			Subject  string    `json:"subject"`
			Sequence uint64    `json:"seq"`
			Header   []byte    `json:"hdrs"`
			Body     []byte    `json:"data"`
			Time     time.Time `json:"time"`
		} `json:"message"`
		Fault *requests.APIError `json:"error"`
	}
	switch err := json.Unmarshal(m.Data, &reply); {
	case err != nil:
		return message{}, fmt.Errorf("a message: %w", err)
	case reply.Fault != nil:
		return message{}, reply.Fault
	case reply.Message == nil:
		return message{}, errors.New("a reply without a message")
	}
	header, err := nats.DecodeHeadersMsg(reply.Message.Header)
	if len(reply.Message.Header) > 0 && err != nil {
		return message{}, fmt.Errorf("the header of a message: %w", err)
	}
	return message{
		subject: reply.Message.Subject, sequence: reply.Message.Sequence, header: header, body: reply.Message.Body, time: reply.Message.Time,
	}, nil
}
