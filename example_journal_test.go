package resthook_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/wcskit/resthook"
)

// openEntries is a journal in memory: it shows what would have to be delivered if the process
// ended now. One that outlives the process keeps its entries on a disk, and sees in its queue
// which of them have ended.
type openEntries struct {
	resthook.Queue

	mu   sync.Mutex
	open []resthook.Event
}

func (j *openEntries) Open(closing resthook.Event, stored func(error)) {
	j.mu.Lock()
	j.open = append(j.open, closing)
	j.mu.Unlock()
	stored(nil)
}

func (*openEntries) Resume(string, string) ([]resthook.Event, error) { return nil, nil }

// Push ends the entries that the event closes.
func (j *openEntries) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	j.mu.Lock()
	kept := j.open[:0]
	for _, entry := range j.open {
		session := entry.About.MediaSessionID == "" && entry.About.CallID == ""
		switch {
		case entry.ID == e.ID && session: // and all that the session has open
			kept = nil
		case entry.ID != e.ID:
			kept = append(kept, entry)
		}
	}
	j.open = kept
	j.mu.Unlock()
	return j.Queue.Push(e, stored)
}

func (j *openEntries) print() {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Println("open:", len(j.open))
	for _, e := range j.open {
		fmt.Println("  ", e.Hook, e.About.EventStatus)
	}
}

// A journal knows at each moment which closing events a crash would lose.
func ExampleWithJournal() {
	url, stop := admitsTheToken()
	defer stop()
	ctx := context.Background()
	journal := &openEntries{Queue: resthook.NewQueue(resthook.QueueLimits{})}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: url}),
		resthook.WithQueue(journal), resthook.WithJournal(journal))
	if err != nil {
		fmt.Println(err)
	}
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s-1", Custom: map[string]any{"token": "secret"}})
	if err != nil {
		fmt.Println(err)
	}
	stream := resthook.Stream{MediaSessionID: "m-1", Name: "cam", Published: true, Status: resthook.StreamPublishing}
	fmt.Println("notified:", resthook.StreamStatusEvent.Notify(ctx, session, &stream))
	journal.print()
	stream.Status = resthook.StreamUnpublished
	fmt.Println("notified:", resthook.StreamStatusEvent.Notify(ctx, session, &stream))
	journal.print()
	fmt.Println("shut down:", client.Shutdown(ctx))
	journal.print()
	// Output:
	// notified: <nil>
	// open: 2
	//    ConnectionStatusEvent DISCONNECTED
	//    StreamStatusEvent UNPUBLISHED
	// notified: <nil>
	// open: 1
	//    ConnectionStatusEvent DISCONNECTED
	// shut down: <nil>
	// open: 0
}
