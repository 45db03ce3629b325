package chaos

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// backend is the server of one app.
type backend struct {
	plan    *Plan
	number  int
	app     AppPlan
	address string
	network *network
	ledger  *ledger
	counts  *counts

	mu     sync.Mutex
	conns  map[*wire]struct{}
	over   bool
	dialed int
	most   int // the most connections at once, if beyond the limit
	gone   sync.WaitGroup
}

// accept serves until the listener is closed.
func (b *backend) accept(l net.Listener) {
	for {
		raw, err := l.Accept()
		if err != nil {
			return
		}
		if w := b.admit(raw); w != nil {
			b.gone.Go(func() { b.serve(w) })
		}
	}
}

func (b *backend) admit(raw net.Conn) *wire {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		_ = raw.Close()
		return nil
	}
	b.dialed++
	w := &wire{Conn: raw, raw: raw, number: b.dialed}
	b.conns[w] = struct{}{}
	if b.network.countable && len(b.conns) > b.plan.limit() {
		b.gone.Go(b.recount)
	}
	return w
}

// recount checks whether the client's ends are open too, and still a moment later: a busy
// system reports a close late.
func (b *backend) recount() {
	b.mu.Lock()
	before := maps.Clone(b.conns)
	b.mu.Unlock()
	time.Sleep(5 * time.Millisecond)
	b.mu.Lock()
	defer b.mu.Unlock()
	open := 0
	for w := range before {
		if _, still := b.conns[w]; still && !hungUp(w.raw) {
			open++
		}
	}
	if open > b.plan.limit() {
		b.most = max(b.most, open)
	}
}

// serve answers the requests of a connection.
func (b *backend) serve(w *wire) {
	defer b.drop(w)
	if !b.open(w) {
		return
	}
	w.reader = bufio.NewReaderSize(w, 4096)
	for turn := 1; ; turn++ {
		x, ok := b.request(w, turn)
		if !ok || !b.answer(x) {
			return
		}
	}
}

func (b *backend) drop(w *wire) {
	_ = w.raw.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, w)
}

// open does what comes before the first request: planned faults and the TLS handshake.
func (b *backend) open(w *wire) bool {
	r := b.plan.chance("conn", b.number, w.number)
	if r.IntN(100) < b.plan.DialWild {
		kind := pickOf(r, []string{"rst at accept", "fin at accept", "rst in the handshake"})
		b.counts.fault(kind)
		if kind == "rst in the handshake" && b.plan.Network.secure() {
			_, _ = io.ReadFull(w.raw, make([]byte, 5))
		}
		if kind != "fin at accept" {
			w.reset()
		}
		return false
	}
	wrong := b.app.Trouble == Untrusted || b.app.Trouble == Fine && b.plan.Wild > 0 && r.IntN(40) == 0
	if wrong && b.network.handshake {
		b.counts.fault("untrusted certificate")
	}
	return b.network.secure(w, wrong, b.app.Trouble == WantsClient, r.IntN(2) == 0) == nil
}

// exchange is one request on its connection.
type exchange struct {
	*wire
	b *backend
	r *receipt
}

// request reads the head of a request, the start of its body, and the rest if the act is
// not early.
func (b *backend) request(w *wire, turn int) (*exchange, bool) {
	r := &receipt{position: turn}
	length, ok := b.head(w, r)
	if !ok {
		return nil, false
	}
	start, err := w.reader.Peek(min(length, 2048))
	if err != nil {
		return nil, false
	}
	r.at, r.nonce, r.session = time.Now(), nonceIn(start), sessionIn(start)
	if r.nonce < 0 {
		b.ledger.fault(fmt.Sprintf("a body without a nonce: %.100q", start))
		return nil, false
	}
	r.prior = w.now.Swap(r)
	b.ledger.receive(r)
	r.act = b.decide(r)
	w.unread = length
	if r.act.early = r.act.early && length > 8<<10; !r.act.early && r.act.kind != "rst before reading" {
		return &exchange{w, b, r}, b.readBody(w, r)
	}
	return &exchange{w, b, r}, true
}

// sessionIn is the session in a body, or "".
func sessionIn(body []byte) string {
	_, rest, _ := bytes.Cut(body, []byte(`"sessionId":"s.`))
	id, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return ""
	}
	return "s." + string(id)
}

func (b *backend) decide(r *receipt) act {
	a := b.plan.act(r.nonce, r.hook, r.attempt)
	if b.app.Trouble == Silent {
		a = act{class: silent, kind: "stall"}
	}
	for _, name := range a.names() {
		b.counts.fault(name)
	}
	return a
}

// readBody reads the rest of the body and keeps its checksum: the bytes have to be the same
// in every attempt.
func (b *backend) readBody(w *wire, r *receipt) bool {
	if w.unread == 0 {
		return true
	}
	sum := fnv.New64a()
	n, err := io.CopyN(sum, w.reader, int64(w.unread))
	w.unread -= int(n)
	if err != nil {
		return false
	}
	b.ledger.note(func() { r.sum = sum.Sum64() })
	return true
}

// head reads the head of a request and returns the length of its body.
func (b *backend) head(w *wire, r *receipt) (length int, ok bool) {
	line, err := w.line()
	if err != nil {
		return 0, false
	}
	target, posted := strings.CutPrefix(line, "POST /rest/")
	if r.hook, _, ok = strings.Cut(target, " HTTP/1.1"); !ok || !posted {
		b.ledger.fault(fmt.Sprintf("no request line: %.100q", line))
		return 0, false
	}
	for {
		line, err := w.line()
		if err != nil {
			return 0, false
		}
		if line == "" {
			return length, true
		}
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Content-Length":
			length, _ = strconv.Atoi(value)
		case "Webhook-Id":
			r.id = value
		case "Resthook-Sequence":
			r.sequence, _ = strconv.ParseUint(value, 10, 64)
		}
	}
}

// away resets every connection, as if the process had ended.
func (b *backend) away() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for w := range b.conns {
		w.cut(b.ledger)
	}
}

// close stops the backend and returns how many connections the client has left open.
func (b *backend) close(patience time.Duration) (left int) {
	end := time.Now().Add(patience)
	for left = b.openNow(); left > 0 && time.Now().Before(end); left = b.openNow() {
		time.Sleep(200 * time.Microsecond)
	}
	b.mu.Lock()
	b.over = true
	for w := range b.conns {
		_ = w.raw.Close()
	}
	b.mu.Unlock()
	b.gone.Wait()
	return left
}

func (b *backend) openNow() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.conns)
}

// wire is the backend's end of a connection.
type wire struct {
	net.Conn // TLS if there is any

	raw    net.Conn
	number int
	reader *bufio.Reader
	unread int // bytes of the body
	now    atomic.Pointer[receipt]
	idle   func() // sends TLS records without data; nil without TLS 1.3
}

func (w *wire) line() (string, error) {
	line, err := w.reader.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return string(bytes.TrimRight(line, "\r\n")), nil
}

// reset closes the connection, with an RST if it is a TCP connection.
func (w *wire) reset() {
	if l, ok := w.raw.(interface{ SetLinger(sec int) error }); ok {
		_ = l.SetLinger(0)
	}
	_ = w.raw.Close()
}

// cut resets the connection at any moment of an exchange.
func (w *wire) cut(l *ledger) {
	if r := w.now.Load(); r != nil {
		l.note(func() { r.ended = true })
	}
	w.reset()
}

// wait waits. It returns false if the client has closed the connection meanwhile.
func (w *wire) wait(d time.Duration) bool {
	if w.unread > 0 {
		time.Sleep(d) // a read would get the body
		return true
	}
	_ = w.raw.SetReadDeadline(time.Now().Add(d))
	_, err := w.reader.Peek(1)
	_ = w.raw.SetReadDeadline(time.Time{})
	return err == nil || isTimeout(err)
}

// isTimeout reports whether a deadline has passed.
func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout()
}
