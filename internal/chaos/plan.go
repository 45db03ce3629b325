package chaos

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Network is the kind of the connections of a storm.
type Network string

// The networks.
const (
	TCP      Network = "tcp"
	Unix     Network = "unix"
	TLS12    Network = "tls 1.2"
	TLS13    Network = "tls 1.3"
	Memory   Network = "memory"    // connections without a socket
	Buffered Network = "buffered"  // wrapped sockets that read ahead
	InnerTLS Network = "inner tls" // the dial function makes TLS, under an http URL
)

func networks() []Network { return []Network{TCP, TCP, Unix, TLS12, TLS13, Memory, Buffered, InnerTLS} }

func (r Network) secure() bool { return r == TLS12 || r == TLS13 }

// Plan is all that the seed decides about a storm.
type Plan struct {
	Seed    uint64
	Network Network
	NetHTTP bool // over net/http, with WithTransport
	Dialer  bool // with a dial function; always true unless the network is TCP, or TLS over it
	Virtual bool // on virtual time, in memory

	Connections []int // rest_max_connections: at first, and after each reload
	Retries     int
	Repeat      bool // rest_client_request_sent_retry_enabled
	Timeout     time.Duration
	Statuses    []int // to retry
	Timeouts    bool  // are retried
	Workers     int
	Events      int // bound of the queue, 0: the default
	Age         time.Duration
	AnswerLimit int64
	Auth        string // "", "basic" or "hash"
	KeepAlive   bool

	Wild      int  // percent of requests that are not answered correctly
	DialWild  int  // percent of connections that fail
	Racing    bool // a second answer may come a moment later, perhaps during the next request
	Callbacks bool // the observer calls the library
	Apps      []AppPlan
	Sessions  []SessionPlan
	Nonces    int // how many nonces the steps use
	Incidents []Incident
}

// Trouble is what is wrong with the backend of an app.
type Trouble string

// The troubles.
const (
	Fine        Trouble = ""
	Refusing    Trouble = "refusing"  // nobody listens
	Silent      Trouble = "silent"    // it accepts and reads, and never answers
	Deaf        Trouble = "deaf"      // it never accepts
	Untrusted   Trouble = "untrusted" // its certificate is not trusted
	WantsClient Trouble = "wants client certificate"
)

// AppPlan is an app and its backend.
type AppPlan struct {
	Key     string
	Trouble Trouble
}

// SessionPlan is what one session does, step by step.
type SessionPlan struct {
	App     int
	Connect bool // false: the session is resumed
	Nonce   int  // of connect, and of the closing event
	Steps   []Step
	Leave   time.Duration // how long Disconnect may take; 0: no Disconnect
}

// Step is a call of the library.
type Step struct {
	Do       string // one of stepNames
	Nonce    int    // the first; a burst uses one for each hook
	Count    int    // of hooks at once
	Size     int    // of the payload, about
	Deadline time.Duration
	Cancel   time.Duration // after which the context is canceled
}

// Incident happens when After hooks have begun.
type Incident struct {
	After int
	Do    string // "reload", "away", "close", "shutdown" or "close in a callback"
	App   int
	For   time.Duration
}

// NewPlan makes the plan of a seed: for real sockets, or for virtual time and a network in
// memory.
func NewPlan(seed uint64, virtual bool) *Plan {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	p := &Plan{
		Seed: seed, Virtual: virtual, Network: pickOf(r, networks()), NetHTTP: r.IntN(4) == 0,
		Connections: []int{pickOf(r, []int{1, 2, 3, 5, 8, 16, 64})},
		Retries:     r.IntN(4), Repeat: r.IntN(8) > 0,
		Timeout:     millis(r, 80, 150, 250),
		Timeouts:    r.IntN(6) == 0,
		Workers:     pickOf(r, []int{1, 4, 16, 64}),
		Age:         millis(r, 200, 400, 60_000),
		AnswerLimit: pickOf(r, []int64{4 << 10, 1 << 20}),
		Auth:        pickOf(r, []string{"", "basic", "hash"}),
		KeepAlive:   r.IntN(4) == 0,
		Wild:        pickOf(r, []int{0, 3, 10, 10, 30, 60}),
		DialWild:    pickOf(r, []int{0, 0, 5, 25}),
		Racing:      r.IntN(6) == 0,
		Callbacks:   r.IntN(3) == 0,
	}
	bare := p.Network == TCP || p.Network.secure()
	p.Dialer = r.IntN(2) == 0 || !bare || virtual
	if r.IntN(4) == 0 {
		p.Statuses = []int{500, 503}
	}
	if r.IntN(4) == 0 {
		p.Events = pickOf(r, []int{10, 50, 200})
	}
	p.planApps(r)
	p.planSessions(r)
	p.planIncidents(r)
	return p
}

func (p *Plan) planApps(r *rand.Rand) {
	troubles := []Trouble{Fine, Fine, Refusing, Silent, Deaf}
	if p.Network.secure() {
		troubles = append(troubles, Untrusted, WantsClient)
	}
	if p.Network == Memory || p.Virtual {
		troubles = []Trouble{Fine, Refusing, Silent}
	}
	for i := range 1 + r.IntN(4) {
		app := AppPlan{Key: fmt.Sprintf("app%d", i)}
		if i > 0 {
			app.Trouble = pickOf(r, troubles)
		}
		p.Apps = append(p.Apps, app)
	}
}

func (p *Plan) planSessions(r *rand.Rand) {
	many := 8 + r.IntN(72)
	steps := 2 + r.IntN(8)
	for range many {
		s := SessionPlan{App: p.pickApp(r), Connect: r.IntN(3) > 0, Nonce: p.take(1)}
		n := steps
		if p.Apps[s.App].Trouble != Fine {
			n = 1 + r.IntN(2) // each may take long
		}
		for range n {
			s.Steps = append(s.Steps, p.planStep(r, s.App))
		}
		if r.IntN(8) > 0 {
			s.Leave = pickOf(r, []time.Duration{time.Millisecond, time.Second, 20 * time.Second})
		}
		p.Sessions = append(p.Sessions, s)
	}
}

// pickApp picks an app, mostly one that works.
func (p *Plan) pickApp(r *rand.Rand) int {
	app := r.IntN(len(p.Apps))
	if p.Apps[app].Trouble != Fine && r.IntN(3) > 0 {
		return 0
	}
	return app
}

func (p *Plan) planStep(r *rand.Rand, app int) Step {
	s := Step{Do: pickOf(r, stepNames()), Count: 1, Size: pickOf(r, []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3000, 3000, 3000, 10_000, 40_000, 150_000})}
	switch {
	case s.Do == doKeepAlive:
	case s.Do == doAdmitHLS || s.Do == doAdmitRTSP:
		s.Count = pickOf(r, []int{1, 1, 4})
	case r.IntN(5) == 0 && p.Apps[app].Trouble == Fine:
		s.Count = 2 + r.IntN(16)
		s.Size = min(s.Size, 3000)
	}
	if r.IntN(5) == 0 {
		s.Deadline = time.Duration(1+r.IntN(200)) * time.Millisecond
	}
	if r.IntN(25) == 0 {
		s.Cancel = time.Duration(r.IntN(50_000)) * time.Microsecond
	}
	s.Nonce = p.take(s.Count)
	return s
}

func (p *Plan) take(n int) (first int) {
	first = p.Nonces
	p.Nonces += n
	return first
}

func (p *Plan) planIncidents(r *rand.Rand) {
	for r.IntN(3) == 0 && len(p.Connections) < 6 {
		p.Connections = append(p.Connections, pickOf(r, []int{1, 2, 4, 10, 32}))
		p.Incidents = append(p.Incidents, Incident{After: r.IntN(p.Nonces), Do: "reload"})
	}
	for r.IntN(3) == 0 {
		p.Incidents = append(p.Incidents, Incident{
			After: r.IntN(p.Nonces), Do: "away", App: r.IntN(len(p.Apps)), For: time.Duration(r.IntN(40)) * time.Millisecond,
		})
	}
	if r.IntN(6) == 0 {
		p.Incidents = append(p.Incidents, Incident{
			After: p.Nonces/4 + r.IntN(p.Nonces), Do: pickOf(r, []string{"close", "shutdown", "close in a callback"}),
			For: millis(r, 0, 1, 20, 200),
		})
	}
}

// attempts is how many attempts a hook has.
func (p *Plan) attempts() int {
	if !p.Repeat {
		return 1
	}
	return p.Retries + 1
}

// limit is how many connections to one backend may be open at once. Old and new connections
// of a reload count together.
func (p *Plan) limit() int {
	most := 0
	for _, n := range p.Connections {
		most = max(most, n)
	}
	return most
}

// chance is the random source of one decision. It is the same in each run of the seed.
func (p *Plan) chance(of ...any) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, of...)
	return rand.New(rand.NewPCG(p.Seed, h.Sum64()))
}

func millis(r *rand.Rand, of ...int) time.Duration {
	return time.Duration(pickOf(r, of)) * time.Millisecond
}

func pickOf[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
