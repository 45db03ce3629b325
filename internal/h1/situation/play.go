package situation

import (
	"context"
	"sync"
	"time"
)

// inTurn sends n requests one after the other.
func inTurn(n int) func(*Backend, Client) []Answer { return sequence(n, 0, body) }

// spaced is inTurn with a pause between two requests.
func spaced(n int, pause time.Duration) func(*Backend, Client) []Answer {
	return sequence(n, pause, body)
}

// sized is inTurn with bodies of that size.
func sized(n, size int) func(*Backend, Client) []Answer {
	return sequence(n, 0, func(i int) string { return large(i, size) })
}

func sequence(n int, pause time.Duration, body func(i int) string) func(*Backend, Client) []Answer {
	return func(_ *Backend, c Client) []Answer {
		answers := make([]Answer, n)
		for i := range answers {
			if i > 0 {
				time.Sleep(pause)
			}
			answers[i] = c.Post(context.Background(), body(i))
		}
		return answers
	}
}

// atOnce sends n requests at once.
func atOnce(n int) func(*Backend, Client) []Answer {
	return each(n, func(ctx context.Context, c Client, i int) Answer { return c.Post(ctx, body(i)) })
}

// rounds sends n requests at once, several times.
func rounds(rounds, n int) func(*Backend, Client) []Answer {
	return func(b *Backend, c Client) []Answer {
		var all []Answer
		for range rounds {
			all = append(all, atOnce(n)(b, c)...)
		}
		return all
	}
}

// each calls post n times at once.
func each(n int, post func(ctx context.Context, c Client, i int) Answer) func(*Backend, Client) []Answer {
	return func(_ *Backend, c Client) []Answer {
		answers := make([]Answer, n)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = post(context.Background(), c, i) })
		}
		all.Wait()
		return answers
	}
}

// within is atOnce with a time limit for each request.
func within(n int, limit func(i int) time.Duration) func(*Backend, Client) []Answer {
	return each(n, func(ctx context.Context, c Client, i int) Answer {
		ctx, cancel := context.WithTimeout(ctx, limit(i))
		defer cancel()
		return c.Post(ctx, body(i))
	})
}
