package crash

import (
	"slices"
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
	Answer    int  // the HTTP status; 0: the connection was reset
	Alive     bool // its session was resumed, and the media server that did so lives; set by the ledger
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
	mu      sync.Mutex
	lives   map[string]*life
	deaths  map[string][]*death // by the media server
	returns []time.Time         // of the backend
	last    time.Time           // when something was accepted
}

// life is what is known of a session.
type life struct {
	open     map[string]bool // what was in the journal: "" for the session, streams by their ids
	stored   map[int]bool    // its events, by their numbers
	requests []Request
	server   string // that has resumed it last, or is to; empty: none
	resumed  int    // times
	refused  int    // times that it could not be
}

// death is the end of a media server, or what others take for it.
type death struct {
	at    time.Time
	first *Request // of its sessions that another one sent
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{lives: map[string]*life{}, deaths: map[string][]*death{}} }

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
	r.Alive = one.server != "" && l.death(one.server) == nil
	one.requests = append(one.requests, r)
	if r.Answer != accepted {
		return
	}
	l.last = r.At
	owner := one.owner(r.Session)
	if d := l.death(owner); d != nil && d.first == nil && owner != r.Server && l.livedOn(one, owner) {
		d.first = &r
	}
}

// livedOn reports whether a session is of the estate of its media server's last death. One that was
// taken for dead before has left others then: it sent nothing of them afterwards, but what was on its way.
func (l *Ledger) livedOn(one *life, owner string) bool {
	const onItsWay = 5 * time.Second
	deaths := l.deaths[owner]
	if len(deaths) < 2 {
		return true
	}
	after := deaths[len(deaths)-2].at.Add(onItsWay)
	return slices.ContainsFunc(one.requests, func(r Request) bool {
		return r.Server == owner && r.Hook != "connect" && r.At.After(after)
	})
}

// owner is the media server of a session.
func (l *life) owner(session string) string {
	if l.server != "" {
		return l.server
	}
	owner, _, _ := strings.Cut(session, ".")
	return owner
}

// death is the last one of a media server; nil: it lives. The lock is held.
func (l *Ledger) death(server string) *death {
	if all := l.deaths[server]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// Kept notes that a session outlives its media server: another one is to resume it.
func (l *Ledger) Kept(session, server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(session).server = server
}

// Resumed notes that a session was resumed, or could not be.
func (l *Ledger) Resumed(session string, was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.of(session); was {
		one.resumed++
	} else {
		one.refused++
	}
}

// Returned notes that the backend is back.
func (l *Ledger) Returned(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.returns = append(l.returns, at)
}

// Died notes the end of a media server, or what others take for it.
func (l *Ledger) Died(server string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaths[server] = append(l.deaths[server], &death{at: at})
}

// Lived takes the last Died back, where no event of the estate has come: nobody took it for dead.
func (l *Ledger) Lived(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.death(server); d != nil && d.first == nil {
		l.deaths[server] = l.deaths[server][:len(l.deaths[server])-1]
	}
}

// First is the first event of the estate of a media server that died, and how long after the death
// it came.
func (l *Ledger) First(server string) (r Request, after time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.death(server)
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
