package chaos

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// class is what an answer means to the client, in whatever form it is sent.
type class uint8

const (
	allowed   class = iota + 1 // 200 and one whole JSON object
	denied                     // any other whole answer
	lost                       // the connection ends before a whole status line
	cut                        // the connection ends after the status line
	malformed                  // not HTTP
	silent                     // no answer in time
)

// act is what a backend does with one request.
type act struct {
	class   class
	kind    string // of a denial or a fault: "403", "rst after reading"
	status  int    // of the answer, 0: none
	framing string // of a whole answer
	ending  string // what happens to the connection
	early   bool   // a long request is answered before its body is read
	pause   time.Duration
}

// names are the names of an act in the report.
func (a act) names() []string {
	var names []string
	for _, name := range []string{a.kind, a.framing, a.ending} {
		if name != "" && name != plain && name != keep {
			names = append(names, name)
		}
	}
	if a.early {
		names = append(names, "early answer")
	}
	if len(names) == 0 {
		return []string{"none"}
	}
	return names
}

// Framings of a whole answer.
const (
	plain      = "plain"
	chunked    = "chunked"
	trailers   = "trailers"
	untilClose = "length by close"
	oldHTTP    = "http/1.0"
	zipped     = "gzip"
	interim    = "1xx before"
	twoParts   = "two parts"
	withBOM    = "byte order mark"
	noEncoding = "unknown encoding"
	oddHead    = "unusual head"
	longHead   = "long head"
)

// Endings.
const (
	keep        = "keep"
	closeSaid   = "connection: close"
	closeUnsaid = "fin after the answer"
	closeSoon   = "fin a moment later"
	closeHalf   = "half-close"
	resetAfter  = "rst after the answer"
	extra       = "a second answer"
	extraSoon   = "a second answer, a moment later"
	idleRecords = "tls records between answers"
)

func framings() []string {
	return []string{chunked, trailers, untilClose, oldHTTP, zipped, interim, twoParts, withBOM, noEncoding, oddHead, longHead}
}

// act decides what the backend does with a request. It is the same in all runs of the seed.
func (p *Plan) act(nonce int, hook string, attempt int) act {
	r := p.chance("act", nonce, hook, attempt)
	a := act{class: allowed, status: 200, framing: plain, ending: keep, early: r.IntN(4) == 0, pause: time.Duration(r.IntN(3000)) * time.Microsecond}
	if r.IntN(100) < p.Wild {
		a = p.misbehave(r, a)
	}
	if a.framing == "" {
		return a
	}
	if r.IntN(5) == 0 {
		a.framing = pickOf(r, framings())
	}
	if r.IntN(100) < p.Wild {
		a.ending = pickOf(r, p.endings())
	}
	if a.framing == untilClose || a.framing == oldHTTP {
		a.ending = closeUnsaid
	}
	return a
}

func (p *Plan) endings() []string {
	all := []string{closeSaid, closeUnsaid, closeSoon, closeHalf, resetAfter}
	if p.Network == TLS13 || p.Network == InnerTLS {
		all = append(all, idleRecords, idleRecords)
	}
	if !p.NetHTTP { // net/http may take a second answer for that of the next request
		all = append(all, extra, extra, extra)
	}
	if !p.NetHTTP && p.Racing {
		all = append(all, extraSoon)
	}
	return all
}

func (p *Plan) misbehave(r *rand.Rand, a act) act {
	switch r.IntN(6) {
	case 0, 1:
		return refusal(r, a)
	case 2:
		return ended(lost, r, "rst before reading", "rst after reading", "fin after reading", "rst in the status line", "fin in the status line")
	case 3:
		return ended(cut, r, "rst in the head", "fin in the head", "rst in the body", "fin in the body", "fin in a chunk")
	case 4:
		return ended(malformed, r, "garbage", "status 099", "status 002", "status of letters", "two lengths", "bad chunk", "settings of http/2")
	}
	if r.IntN(3) > 0 { // silence takes time
		return refusal(r, a)
	}
	return ended(silent, r, "stall", "late answer", "drip")
}

func ended(c class, r *rand.Rand, kinds ...string) act { return act{class: c, kind: pickOf(r, kinds)} }

// Kinds of a denial with status 200.
const (
	bodyNull    = "200 null"
	bodyArray   = "200 array"
	bodyEmpty   = "200 empty"
	bodyHTML    = "200 html"
	bodyTwo     = "200 two documents"
	bodyUTF8    = "200 invalid utf-8"
	bodyLarge   = "200 too large"
	bodyDamaged = "200 damaged gzip"
	bodyFalse   = "200 gzip that is not compressed"
)

func refusal(r *rand.Rand, a act) act {
	a.class = denied
	a.status = pickOf(r, []int{403, 403, 403, 403, 401, 404, 500, 503, 302, 201, 429, 200, 200, 200})
	a.kind = fmt.Sprint(a.status)
	if a.status == 200 {
		a.kind = pickOf(r, []string{bodyNull, bodyArray, bodyEmpty, bodyHTML, bodyTwo, bodyUTF8, bodyLarge, bodyDamaged, bodyFalse})
	}
	return a
}
