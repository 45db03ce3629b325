package chaos

import (
	"fmt"
	"io"
	"time"
)

// answer performs the act of a request. It reports whether the connection goes on.
func (b *backend) answer(x *exchange) bool {
	switch x.r.act.class {
	case allowed, denied:
		return x.whole() && x.end()
	case silent:
		x.silence()
		return false
	}
	x.fault()
	return false
}

// whole writes a whole answer.
func (x *exchange) whole() bool {
	a := x.r.act
	parts := a.wire(x.r.hook, x.r.nonce)
	if a.ending == extra {
		parts[len(parts)-1] += tooMany(x.r.nonce)
	}
	for i, part := range parts {
		last := i == len(parts)-1
		x.b.ledger.note(func() { x.r.allowed = last && a.class == allowed })
		if !x.send(part) {
			return false
		}
		now := time.Now()
		x.b.ledger.note(func() {
			if x.r.line.IsZero() && (last || a.framing == twoParts) {
				x.r.line = now
			}
			if last {
				x.r.whole = now
			}
		})
		if !last && !x.wait(a.pause) {
			return false
		}
	}
	return x.rest()
}

// rest reads the rest of the body after an early answer, unless the connection ends.
func (x *exchange) rest() bool {
	switch x.r.act.ending {
	case resetAfter, closeUnsaid, closeHalf:
		return true
	}
	return x.unread == 0 || x.b.readBody(x.wire, x.r)
}

// end performs the ending after a whole answer. It reports whether the connection goes on.
func (x *exchange) end() bool {
	switch x.r.act.ending {
	case closeSaid, closeUnsaid:
		return false
	case closeSoon:
		return x.wait(x.r.act.pause) && x.reader.Buffered() > 0 // a request that came first is answered
	case closeHalf:
		return x.halfClose()
	case resetAfter:
		x.reset()
		return false
	case extraSoon:
		return x.wait(x.r.act.pause/2) && x.more()
	case idleRecords:
		if x.idle != nil {
			x.idle()
		}
	}
	return true
}

// more sends a second answer, unless the next request came first.
func (x *exchange) more() bool {
	if x.reader.Buffered() > 0 {
		return true
	}
	now := time.Now()
	x.b.ledger.note(func() { x.r.over = now })
	return x.send(tooMany(x.r.nonce))
}

// halfClose closes one direction and waits until the client closes the other.
func (x *exchange) halfClose() bool {
	if half, ok := x.raw.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		_, _ = io.Copy(io.Discard, x.raw)
	}
	return false
}

// silence sends no answer in time.
func (x *exchange) silence() {
	late := x.b.plan.Timeout + 30*time.Millisecond
	switch x.r.act.kind {
	case "drip":
		x.drip(late)
		return
	case "late answer":
		x.late(late)
		return
	}
	x.hold()
}

// late sends an allowing answer after the timeout. A client that is late too may accept it.
func (x *exchange) late(d time.Duration) {
	if x.wait(d) {
		x.b.ledger.note(func() { x.r.allowed = true })
		x.send(act{class: allowed, status: 200}.wire(x.r.hook, x.r.nonce)[0])
		_, _ = x.reader.Peek(1)
	}
}

// drip sends an answer too slowly to be complete in time.
func (x *exchange) drip(late time.Duration) {
	whole := x.r.act
	whole.class, whole.status = allowed, 200
	text := whole.wire(x.r.hook, x.r.nonce)[0]
	text = text[:len(text)-8]
	step := late / 16
	for at := 0; at < len(text); at += len(text)/16 + 1 {
		if !x.send(text[at:min(len(text), at+len(text)/16+1)]) || !x.wait(step) {
			return
		}
	}
	x.hold()
}

// hold waits until the client closes the connection. Another request would be a fault: it
// was sent before the last one was answered.
func (x *exchange) hold() {
	if b, err := x.reader.Peek(1); err == nil {
		x.b.ledger.fault(fmt.Sprintf("a request behind one that has no answer yet: %q", b))
	}
}

// fault breaks off the exchange.
func (x *exchange) fault() {
	text, reset := broken(x.r.act.kind, x.r.nonce)
	now := time.Now()
	if text != "" && x.send(text) && x.r.act.class != lost {
		x.b.ledger.note(func() { x.r.line = now })
	}
	if reset {
		x.reset()
	}
}

// send writes a part of an answer.
func (x *exchange) send(part string) bool {
	_, err := io.WriteString(x.Conn, part)
	return err == nil
}
