package situation

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// Situation is one thing that a backend does, and what a client does meanwhile.
type Situation struct {
	Name    string
	Limit   int                                 // connections that the client may have; 0: 64
	Timeout time.Duration                       // of one request; 0: 5 seconds
	Start   func(t testing.TB) *Backend         // makes the backend
	Play    func(b *Backend, c Client) []Answer // sends requests; nil: one after the other, eight of them
	// Other names what may differ from net/http, and why. A situation with a text
	// here is compared in answers that belong to their requests alone.
	Other string
}

// Settings are what a client is made of.
type Settings struct {
	URL     string // http or https, with a port
	Limit   int
	Timeout time.Duration
	TLS     *tls.Config                                                          // nil: no TLS, or the system's
	Dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil: the client's own
}

// Client sends one request after another, or many at once.
type Client interface {
	// Post sends body and reads the answer.
	Post(ctx context.Context, body string) Answer
	// Close closes what is idle.
	Close()
}

// Answer is what came of one request.
type Answer struct {
	Sent   string // the body that was sent
	Status int    // 0 where no answer came
	Body   string
	Class  Class
	Err    error
	Took   time.Duration
}

// Class is what came of a request, in one word.
type Class string

// The classes.
const (
	Answered    Class = "answered"    // a whole answer
	Unreachable Class = "unreachable" // no connection
	Lost        Class = "lost"        // the connection ended before a status line
	TimedOut    Class = "timed out"
	Malformed   Class = "malformed" // an answer that cannot be read
	Insecure    Class = "insecure"  // no trusted TLS
)

// Record is what a client made of a situation.
type Record struct {
	Answers     []Answer
	Connections int // that the backend accepted
	Requests    int // that the backend read whole
	Peak        int // requests at once
	Longest     time.Duration
}

// Record plays the situation with a client of that kind.
func (s Situation) Record(t testing.TB, client func(Settings) Client) Record {
	t.Helper()
	b := s.Start(t)
	defer b.Close()
	c := client(Settings{URL: b.URL, Limit: s.limit(), Timeout: s.timeout(), TLS: b.ClientTLS, Dial: b.Dial})
	play := s.Play
	if play == nil {
		play = InTurn(8)
	}
	counted := &counter{Client: c}
	r := Record{Answers: play(b, counted), Peak: int(counted.peak.Load())}
	c.Close()
	r.Connections, r.Requests = b.counts()
	for _, a := range r.Answers {
		r.Longest = max(r.Longest, a.Took)
	}
	return r
}

func (s Situation) limit() int {
	if s.Limit == 0 {
		return 64
	}
	return s.Limit
}

func (s Situation) timeout() time.Duration {
	if s.Timeout == 0 {
		return 5 * time.Second
	}
	return s.Timeout
}

// slack is how much later than in twice the time of net/http an answer may come:
// situations differ by whole seconds or not at all, and the machine is busy. Of a burst that does not fit
// an accept queue, the system tries a part again after a second: which, is chance.
func slack(peak int) time.Duration {
	if peak == 1 {
		return 900 * time.Millisecond
	}
	return 1900 * time.Millisecond
}

// Compare plays the situation with both clients and reports in what the first is
// worse. What is so by chance, since the machine was busy with one of the two, is
// not so three times in a row; that an answer belongs to another request counts the
// first time.
func (s Situation) Compare(t testing.TB, ours, theirs func(Settings) Client) {
	t.Helper()
	var worse []string
	for range 3 {
		own := s.Record(t, ours)
		for _, fault := range foreign(own) {
			t.Error(fault)
		}
		if worse = s.worse(own, s.Record(t, theirs)); len(worse) == 0 {
			return
		}
	}
	for _, fault := range worse {
		t.Error(fault)
	}
}

// worse lists in what the first record is worse than the second.
func (s Situation) worse(ours, theirs Record) (faults []string) {
	if s.Other != "" {
		return nil
	}
	if ours.good() > theirs.good() { // who answers more may take more for it
		return nil
	}
	if n, m := ours.good(), theirs.good(); n < m {
		faults = append(faults, fmt.Sprintf("%d answered, net/http %d of %d; %s, net/http %s", n, m, len(theirs.Answers), ours.classes(), theirs.classes()))
	}
	if n, m := ours.Requests, theirs.Requests; n > max(m, len(ours.Answers)) {
		faults = append(faults, fmt.Sprintf("%d requests, net/http %d", n, m))
	}
	if n, m := ours.Connections, theirs.Connections; n > m+spare(ours.Peak) {
		faults = append(faults, fmt.Sprintf("%d connections, net/http %d", n, m))
	}
	if n, m := ours.Longest, theirs.Longest; n > 2*m+slack(ours.Peak) {
		faults = append(faults, fmt.Sprintf("waited %v, net/http %v", n, m))
	}
	return faults
}

// spare is how many connections more than net/http a client may make: for requests
// at once, how many find a free one is chance.
func spare(peak int) int {
	if peak == 1 {
		return 0
	}
	return peak
}

// counter counts the requests at once.
type counter struct {
	Client

	now, peak atomic.Int32
}

func (c *counter) Post(ctx context.Context, body string) Answer {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for p := c.peak.Load(); n > p && !c.peak.CompareAndSwap(p, n); p = c.peak.Load() {
	}
	return c.Client.Post(ctx, body)
}

// foreign lists the answers that belong to another request: a body that names one
// is that of the request it names.
func foreign(r Record) []string {
	var faults []string
	for _, a := range r.Answers {
		if own := named(a.Body); a.Class == Answered && own != "" && own != named(a.Sent) {
			faults = append(faults, fmt.Sprintf("%.20q was answered with what was said to %.20q", named(a.Sent), own))
		}
	}
	return faults
}

func (r Record) good() int {
	n := 0
	for _, a := range r.Answers {
		if a.Class == Answered {
			n++
		}
	}
	return n
}

func (r Record) classes() string {
	counts := map[string]int{}
	for _, a := range r.Answers {
		counts[fmt.Sprintf("%s %d", a.Class, a.Status)]++
	}
	return fmt.Sprint(counts)
}
