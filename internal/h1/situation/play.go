package situation

import (
	"context"
	"sync"
	"time"
)

// InTurn sends n requests one after the other.
func InTurn(n int) func(*Backend, Client) []Answer {
	return func(_ *Backend, c Client) []Answer {
		answers := make([]Answer, n)
		for i := range answers {
			answers[i] = c.Post(context.Background(), body(i))
		}
		return answers
	}
}

// Spaced is InTurn with a pause before each but the first.
func Spaced(n int, pause time.Duration) func(*Backend, Client) []Answer {
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

// AtOnce sends n requests at once.
func AtOnce(n int) func(*Backend, Client) []Answer {
	return Each(n, func(ctx context.Context, c Client, i int) Answer { return c.Post(ctx, body(i)) })
}

// Rounds sends n requests at once, several times.
func Rounds(rounds, n int) func(*Backend, Client) []Answer {
	return func(b *Backend, c Client) []Answer {
		var all []Answer
		for range rounds {
			all = append(all, AtOnce(n)(b, c)...)
		}
		return all
	}
}

// Sized sends n requests of that size one after the other.
func Sized(n, size int) func(*Backend, Client) []Answer {
	return func(_ *Backend, c Client) []Answer {
		answers := make([]Answer, n)
		for i := range answers {
			answers[i] = c.Post(context.Background(), large(i, size))
		}
		return answers
	}
}

// Each calls post n times at once.
func Each(n int, post func(ctx context.Context, c Client, i int) Answer) func(*Backend, Client) []Answer {
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

// Within gives every request of Each that time.
func Within(n int, limit func(i int) time.Duration) func(*Backend, Client) []Answer {
	return Each(n, func(ctx context.Context, c Client, i int) Answer {
		ctx, cancel := context.WithTimeout(ctx, limit(i))
		defer cancel()
		return c.Post(ctx, body(i))
	})
}
