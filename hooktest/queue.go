package hooktest

import (
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

// TestQueue holds a [resthook.Queue] against what the interface says. Each call of
// open gives a new, empty queue, which holds nothing of those before it and has room
// for some thousand events; the suite closes it. A queue may keep its events over
// Close, and may take its time, but for what the interface says is done at once:
//
//	func TestMyQueue(t *testing.T) {
//		hooktest.TestQueue(t, func() resthook.Queue { return myqueue.Open(t.TempDir()) })
//	}
//
// It runs in real time, the cases in parallel, each with a queue that was opened
// before. What is expected has 30 seconds to come, and a case ends as soon as it has
// come. What a queue does after a crash, or beside another process, is for tests of
// its own.
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

// queueCase is one rule that a queue has to obey.
type queueCase struct {
	name  string
	check func(q *queueTest)
}

// run checks a case. All that was pushed has to have come to an end then.
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
