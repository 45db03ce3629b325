// Package requests sends requests to NATS without waiting for each reply: many are under way at
// once, and each has its reply given to a function.
package requests

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrNoReply is the error of a request that got no reply in time. It may have been carried out.
var ErrNoReply = errors.New("no reply in time")

// Requests sends requests over one connection, with one subscription for all replies. It is safe
// for concurrent use.
type Requests struct {
	conn    *nats.Conn
	prefix  string
	timeout time.Duration
	replies *nats.Subscription
	stop    chan struct{}
	stopped sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	last    uint64
	waiting map[uint64]*request
	oldest  []*request // in the order of their deadlines
}

type request struct {
	number   uint64
	deadline time.Time
	done     func(*nats.Msg, error)
}

// New subscribes to the replies. A request without a reply ends after the timeout.
func New(conn *nats.Conn, timeout time.Duration) (*Requests, error) {
	r := &Requests{
		conn: conn, prefix: conn.NewInbox() + ".", timeout: timeout, stop: make(chan struct{}), waiting: map[uint64]*request{},
	}
	replies, err := conn.Subscribe(r.prefix+"*", r.reply)
	if err != nil {
		return nil, fmt.Errorf("subscribe to replies: %w", err)
	}
	if err := replies.SetPendingLimits(-1, -1); err != nil {
		return nil, fmt.Errorf("subscribe to replies: %w", err)
	}
	r.replies = replies
	r.stopped.Go(r.expire)
	return r, nil
}

// Send sends a request and returns at once. done is called once, from another goroutine: with the
// reply, with [ErrNoReply], or with why the request could not be sent. It must not wait.
func (r *Requests) Send(m *nats.Msg, done func(*nats.Msg, error)) {
	q, err := r.add(done)
	if err != nil {
		go done(nil, err)
		return
	}
	m.Reply = r.prefix + strconv.FormatUint(q.number, 36)
	if err := r.conn.PublishMsg(m); err != nil {
		go r.end(q.number, nil, fmt.Errorf("send: %w", err))
	}
}

func (r *Requests) add(done func(*nats.Msg, error)) (*request, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nats.ErrConnectionClosed
	}
	r.last++
	q := &request{number: r.last, deadline: time.Now().Add(r.timeout), done: done}
	r.waiting[q.number] = q
	r.oldest = append(r.oldest, q)
	return q, nil
}

func (r *Requests) reply(m *nats.Msg) {
	number, err := strconv.ParseUint(strings.TrimPrefix(m.Subject, r.prefix), 36, 64)
	if err != nil {
		return
	}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		r.end(number, nil, nats.ErrNoResponders)
		return
	}
	r.end(number, m, nil)
}

// end ends a request, the first time it is called for it.
func (r *Requests) end(number uint64, m *nats.Msg, err error) {
	r.mu.Lock()
	q := r.waiting[number]
	delete(r.waiting, number)
	r.mu.Unlock()
	if q != nil {
		q.done(m, err)
	}
}

// expire ends requests that got no reply in time.
func (r *Requests) expire() {
	tick := time.NewTicker(r.timeout / 8)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, number := range r.expired(time.Now()) {
				r.end(number, nil, ErrNoReply)
			}
		case <-r.stop:
			return
		}
	}
}

func (r *Requests) expired(now time.Time) (numbers []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for ; n < len(r.oldest); n++ {
		q := r.oldest[n]
		if r.waiting[q.number] == nil {
			continue
		}
		if now.Before(q.deadline) {
			break
		}
		numbers = append(numbers, q.number)
	}
	r.oldest = append(r.oldest[:0], r.oldest[n:]...)
	return numbers
}

// Lost ends every request that is under way with [ErrNoReply], such as when the connection is lost: no
// reply will come.
func (r *Requests) Lost() {
	for _, number := range r.all() {
		r.end(number, nil, ErrNoReply)
	}
}

// Close ends every request that is under way, and returns when their functions have returned.
func (r *Requests) Close() {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if closed {
		return
	}
	close(r.stop)
	r.stopped.Wait()
	_ = r.replies.Unsubscribe()
	for _, number := range r.all() {
		r.end(number, nil, nats.ErrConnectionClosed)
	}
}

func (r *Requests) all() (numbers []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for number := range r.waiting {
		numbers = append(numbers, number)
	}
	return numbers
}
