package crash

import (
	"strings"
	"sync"
	"time"
)

// Request is a hook that has come to the backend.
type Request struct {
	At        time.Time
	Server    string // the media server that sent it
	Hook      string
	ID        string
	Sequence  uint64
	Session   string
	Media     string // the stream that it is about; empty: the session
	N         int    // the number of the event in its session, by the media server; 0: none
	Status    string
	Recovered bool
	Answer    int // the HTTP status; 0: the connection was reset
}

// Closing reports whether it is the last event of a session or a stream.
func (r *Request) Closing() bool {
	switch r.Status {
	case "DISCONNECTED", "UNPUBLISHED", "STOPPED":
		return true
	}
	return false
}

// Ledger has what media servers have said of their sessions, and what the backend has received of
// them. The id of a session begins with the name of its media server and a dot. It is safe for
// concurrent use.
type Ledger struct {
	mu     sync.Mutex
	lives  map[string]*life
	deaths map[string]*death // by the media server
	last   time.Time         // when something was accepted
}

// life is what is known of a session.
type life struct {
	open     map[string]bool // what was in the journal: "" for the session, streams by their ids
	stored   map[int]bool    // its events, by their numbers
	requests []Request
}

// death is the end of a media server, or what others take for it.
type death struct {
	at    time.Time
	first *Request // of its sessions that another one sent
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{lives: map[string]*life{}, deaths: map[string]*death{}} }

// of is the life of a session. The lock is held.
func (l *Ledger) of(session string) *life {
	one := l.lives[session]
	if one == nil {
		one = &life{open: map[string]bool{}, stored: map[int]bool{}}
		l.lives[session] = one
	}
	return one
}

// Opened notes that a session, or a stream of it, is in the journal.
func (l *Ledger) Opened(session, media string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(session).open[media] = true
}

// Stored notes that an event of a session is stored.
func (l *Ledger) Stored(session string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(session).stored[n] = true
}

// Received notes a request.
func (l *Ledger) Received(r Request) { //nolint:gocritic // it is kept
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.of(r.Session)
	one.requests = append(one.requests, r)
	if r.Answer != accepted {
		return
	}
	l.last = r.At
	owner, _, _ := strings.Cut(r.Session, ".")
	if d := l.deaths[owner]; d != nil && d.first == nil && owner != r.Server {
		d.first = &r
	}
}

// Died notes the end of a media server, or what others take for it.
func (l *Ledger) Died(server string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaths[server] = &death{at: at}
}

// First is the first event of the estate of a media server that died, and how long after the death
// it came.
func (l *Ledger) First(server string) (r Request, after time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.deaths[server]
	if d == nil || d.first == nil {
		return Request{}, 0, false
	}
	return *d.first, d.first.At.Sub(d.at), true
}

// Last is when the backend last accepted something.
func (l *Ledger) Last() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
