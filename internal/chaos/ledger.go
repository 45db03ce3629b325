package chaos

import (
	"sync"
	"time"
)

// receipt is a request that a backend has received, and what it said to it.
type receipt struct {
	id       string // Webhook-Id
	nonce    int
	hook     string
	session  string
	sequence uint64
	attempt  int // of the nonce and the hook, from 1
	turn     int // on its connection, from 1
	at       time.Time
	act      act
	sum      uint64 // of the body, 0 where it was not read

	// What follows is set before the bytes in question are written.
	said  bool      // the end of a yes
	line  time.Time // a whole status line was written
	whole time.Time // all of the answer was written
	over  time.Time // an answer too many was written
	ended bool      // the connection was ended under it, by the backend going away
	prior *receipt  // the one before it on its connection
}

// ledger is what all backends of a storm have seen, in order.
type ledger struct {
	mu     sync.Mutex
	all    []*receipt
	tries  map[try]int
	faults []string // of the requests themselves
}

type try struct {
	nonce int
	hook  string
}

func newLedger() *ledger { return &ledger{tries: map[try]int{}} }

// receive enters a request and numbers it.
func (l *ledger) receive(r *receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := try{r.nonce, r.hook}
	l.tries[of]++
	r.attempt = l.tries[of]
	l.all = append(l.all, r)
}

// note changes a receipt.
func (l *ledger) note(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// fault enters a request that no hook can have been.
func (l *ledger) fault(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, text)
}
