package hooktest

import (
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

// TestQueue is a conformance suite: it tests a [resthook.Queue] against the rules of the
// interface. Each call of open must return a new, empty queue for some thousand events; the
// suite closes it. A queue may keep its events over Close, and may be slow, except where the
// interface says that something is done at once:
//
//	func TestMyQueue(t *testing.T) {
//		hooktest.TestQueue(t, func() resthook.Queue { return myqueue.Open(t.TempDir()) })
//	}
//
// It runs in real time, with the cases in parallel, each with its own queue. A case waits up
// to 30 seconds for what it expects, and ends as soon as that has come. Crashes and several
// processes are not tested: a queue for these needs tests of its own.
func TestQueue(t *testing.T, open func() resthook.Queue) {
	t.Helper()
	for _, c := range queueCases() {
		t.Run(c.name, func(t *testing.T) {
			queue := open()
			t.Parallel()
			c.run(t, queue, 30*time.Second)
		})
	}
}

// queueCase tests one rule for queues.
type queueCase struct {
	name  string
	check func(q *queueTest)
}

// run runs a case. Afterwards every pushed event must be done, dropped or returned by Close.
func (c queueCase) run(t testing.TB, queue resthook.Queue, limit time.Duration) {
	t.Helper()
	q := newQueueTest(t, queue, limit)
	defer q.end()
	c.check(q)
	q.complete()
}

func queueCases() []queueCase {
	return []queueCase{
		{"a session is given out in the order of Push, one event at a time", queueKeepsOrder},
		{"a session that has an event out holds up no other", queueServesOthers},
		{"a session is a line of an app, and no other", queueTellsSessionsApart},
		{"Pull gives events of its apps alone", queueKeepsAppsApart},
		{"Pull waits for several apps", queueWaitsForApps},
		{"Pull ends with its context and loses nothing", queuePullEnds},
		{"an event comes out as it went in", queueKeepsEvents},
		{"stored is called in the order of Push", queueStoresInOrder},
		{"Push returns at once", queuePushesAtOnce},
		{"an older event may be replaced, and Push says so", queueReplaces},
		{"Requeue keeps the event at the head, with its counts", queueRequeues},
		{"Requeue makes the session wait", queueRequeueWaits},
		{"a lease is alive while the event is out", queueLeaseLives},
		{"a lease that is over does nothing", queueLeaseEnds},
		{"Load counts what waits and what is out", queueCounts},
		{"Close ends every Pull", queueCloseEndsPull},
		{"Close returns what is not over, in order and once", queueCloseReturnsTheRest},
		{"Push after Close says so", queuePushAfterClose},
		{"many sessions and many workers", queueUnderLoad},
		{"a client delivers in order and leaves nothing", queueUnderClient},
	}
}
