package lanes_test

import (
	"context"
	"fmt"

	"github.com/wcskit/resthook/internal/lanes"
)

func Example() {
	q := lanes.New[string](lanes.Limits{Items: 100, Size: 1 << 20, LaneItems: 10, LaneSize: 1 << 10})
	for _, text := range []string{"published", "stopped"} {
		if _, err := q.Push(lanes.Item[string]{Value: text, Owner: "app", Lane: "session", Size: len(text)}); err != nil {
			fmt.Println(err)
		}
	}
	for range 2 {
		taken, err := q.Pull(context.Background(), []string{"app"})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(taken.Value())
		taken.Done() // the lane's next item is given out only now
	}
	// Output:
	// published
	// stopped
}
