package resthook_test

import (
	"context"
	"fmt"

	"github.com/wcskit/resthook"
)

// What is billed is recorded: Record returns when the queue has the event.
func ExampleHook_Record() {
	url, stop := admitsTheToken()
	defer stop()
	ctx := context.Background()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: url}))
	if err != nil {
		fmt.Println(err)
	}
	stream := &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}
	fmt.Println("recorded:", resthook.StreamStatusEvent.Record(ctx, client, stream))
	fmt.Println("closed:", client.Close(ctx))
	fmt.Println("recorded:", resthook.StreamStatusEvent.Record(ctx, client, stream) == nil)
	// Output:
	// recorded: <nil>
	// closed: <nil>
	// recorded: false
}

// countingQueue is a queue in memory that counts what is pushed.
type countingQueue struct {
	resthook.Queue

	pushed map[string]int // by hook
}

func (q countingQueue) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	q.pushed[e.Hook]++
	return q.Queue.Push(e, stored)
}

// A queue of one's own can be made of the one in memory.
func ExampleWithQueue() {
	url, stop := admitsTheToken()
	defer stop()
	ctx := context.Background()
	queue := countingQueue{resthook.NewQueue(resthook.QueueLimits{}), map[string]int{}}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: url}), resthook.WithQueue(queue))
	if err != nil {
		fmt.Println(err)
	}
	err = resthook.StreamStatusEvent.Notify(ctx, client, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing})
	fmt.Println("notified:", err)
	fmt.Println("closed:", client.Close(ctx))
	fmt.Println(queue.pushed)
	// Output:
	// notified: <nil>
	// closed: <nil>
	// map[StreamStatusEvent:1]
}
