package chaos

import (
	"sync"
	"time"
)

// receipt is a request that a backend has received, and how it was answered.
type receipt struct {
	id       string // Webhook-Id
	nonce    int
	hook     string
	session  string
	sequence uint64
	attempt  int // among those with its nonce and hook, from 1
	position int // on its connection, from 1
	at       time.Time
	act      act
	sum      uint64 // of the body, 0 if it was not read

	// These fields are set before the bytes are written.
	allowed bool      // the end of an allowing answer
	line    time.Time // a whole status line was written
	whole   time.Time // all of the answer was written
	over    time.Time // a second answer was written
	ended   bool      // the backend went away and ended the connection
	prior   *receipt  // the one before it on its connection
}

// ledger holds the requests to all backends of a storm, in order.
type ledger struct {
	mu     sync.Mutex
	all    []*receipt
	tries  map[try]int
	faults []string // invalid requests
}

type try struct {
	nonce int
	hook  string
}

func newLedger() *ledger { return &ledger{tries: map[try]int{}} }

// receive adds a request and sets its attempt.
func (l *ledger) receive(r *receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := try{r.nonce, r.hook}
	l.tries[of]++
	r.attempt = l.tries[of]
	l.all = append(l.all, r)
}

// note changes a receipt under the lock.
func (l *ledger) note(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// fault adds a request that is not one of a hook.
func (l *ledger) fault(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, text)
}
