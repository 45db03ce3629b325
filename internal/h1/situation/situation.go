package situation

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// All returns the situations.
func All() []Situation {
	return slices.Concat(bursts(), endings(), waits(), answers(), heads(), long(), secure(), networks())
}

// Situation is a behaviour of a backend and the requests that a client sends to it.
type Situation struct {
	Name    string
	Limit   int                                 // connections of the client, at most; 0: 64
	Timeout time.Duration                       // of one request; 0: 5 seconds
	Start   func(t testing.TB) *Backend         // makes the backend
	Play    func(b *Backend, c Client) []Answer // sends requests; nil: inTurn(8)
	// Other, if not empty, is why the results may differ from net/http. Then it is only
	// checked that no answer belongs to another request.
	Other string
}

// Settings are the settings of a client.
type Settings struct {
	URL     string // http or https, with a port
	Limit   int
	Timeout time.Duration
	TLS     *tls.Config                                                          // nil: no TLS, or the system's
	Dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil: the client's own
}

// Client is an HTTP client. Post is safe for concurrent use.
type Client interface {
	// Post sends body and reads the answer.
	Post(ctx context.Context, body string) Answer
	// Close closes the idle connections.
	Close()
}

// Answer is the outcome of one request.
type Answer struct {
	Sent   string // the body that was sent
	Status int    // 0: no answer
	Body   string
	Class  Class
	Err    error
	Took   time.Duration
}

// Class is a class of outcomes.
type Class string

// The classes.
const (
	Answered    Class = "answered"    // a whole answer
	Unreachable Class = "unreachable" // no connection
	Lost        Class = "lost"        // the connection ended before a status line
	TimedOut    Class = "timed out"
	Malformed   Class = "malformed" // an invalid answer
	Insecure    Class = "insecure"  // TLS without trust
)

// result is the result of a situation with one client.
type result struct {
	Answers     []Answer
	Connections int // accepted by the backend
	Requests    int // read whole by the backend
	Peak        int // requests at once
	Longest     time.Duration
}

// record plays the situation with a client.
func (s Situation) record(t testing.TB, client func(Settings) Client) result {
	t.Helper()
	b := s.Start(t)
	defer b.Close()
	c := client(Settings{URL: b.URL, Limit: s.limit(), Timeout: s.timeout(), TLS: b.ClientTLS, Dial: b.Dial})
	play := s.Play
	if play == nil {
		play = inTurn(8)
	}
	counted := &counter{Client: c}
	r := result{Answers: play(b, counted), Peak: int(counted.peak.Load())}
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

// slack is how much longer than twice the time of net/http an answer may take. Real
// differences are whole seconds, and the machine may be busy. If a burst does not fit an
// accept queue, the system retries some connections after a second.
func slack(peak int) time.Duration {
	if peak == 1 {
		return 900 * time.Millisecond
	}
	return 1900 * time.Millisecond
}

// Compare plays the situation with both clients and reports where the first one is worse
// three times in a row: once or twice it may be chance. An answer that belongs to another
// request is reported the first time.
func (s Situation) Compare(t testing.TB, ours, theirs func(Settings) Client) {
	t.Helper()
	var worse []string
	for range 3 {
		own := s.record(t, ours)
		for _, fault := range foreign(own) {
			t.Error(fault)
		}
		if worse = s.worse(own, s.record(t, theirs)); len(worse) == 0 {
			return
		}
	}
	for _, fault := range worse {
		t.Error(fault)
	}
}

// worse lists where the first record is worse than the second.
func (s Situation) worse(ours, theirs result) (faults []string) {
	if s.Other != "" {
		return nil
	}
	if ours.good() > theirs.good() { // more answers may cost more
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

// spare is how many more connections than net/http a client may make. With requests at
// once, it is chance how many find a free one.
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

// foreign lists the answers with the body of another request.
func foreign(r result) []string {
	var faults []string
	for _, a := range r.Answers {
		if own := named(a.Body); a.Class == Answered && own != "" && own != named(a.Sent) {
			faults = append(faults, fmt.Sprintf("%.20q was answered with what was said to %.20q", named(a.Sent), own))
		}
	}
	return faults
}

func (r result) good() int {
	n := 0
	for _, a := range r.Answers {
		if a.Class == Answered {
			n++
		}
	}
	return n
}

func (r result) classes() string {
	counts := map[string]int{}
	for _, a := range r.Answers {
		counts[fmt.Sprintf("%s %d", a.Class, a.Status)]++
	}
	return fmt.Sprint(counts)
}
