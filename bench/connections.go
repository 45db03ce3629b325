package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// usedWorkers is how many hooks are under way while connections are counted.
const usedWorkers = 64

// used is how many connections were opened, by answer and contestant.
type used struct {
	hooks   int
	answers []string
	names   []string
	counts  map[string]map[string]int64
}

// connections counts, for every answer that a backend may give, what was opened
// at it by a contestant that starts without connections. Those that repeat a
// 500 with pauses of seconds have no place here.
func (p plan) connections(ctx context.Context, server *backend.Process, errs io.Writer) (used, error) {
	u := used{hooks: p.connectionHooks, answers: backend.Answers(), names: []string{peer.Decoded}, counts: map[string]map[string]int64{}}
	if p.mode == "full" {
		u.names = []string{peer.Floor, "net/http defaults", "fasthttp", peer.Decoded, peer.Event, peer.Decoded + ", net/http"}
	}
	entries, err := peer.Named(u.names...)
	if err != nil {
		return u, err
	}
	for _, answer := range u.answers {
		if err := server.Answer(answer); err != nil {
			return u, err
		}
		u.counts[answer] = map[string]int64{}
		for _, e := range entries {
			if u.counts[answer][e.Name], err = p.opened(ctx, server, e); err != nil {
				return u, fmt.Errorf("%s, answered with %s: %w", e.Name, answer, err)
			}
		}
	}
	fmt.Fprintf(errs, "connections: %d answers\n", len(u.answers))
	return u, server.Answer(p.answer)
}

// opened sends the hooks, whatever comes of them, and counts connections.
func (p plan) opened(ctx context.Context, server *backend.Process, e peer.Entry) (n int64, err error) {
	before, err := server.Count()
	if err != nil {
		return 0, err
	}
	c, err := e.Open(peer.Target{URL: server.URL, Workers: usedWorkers})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	var sending sync.WaitGroup
	for worker := range usedWorkers {
		hooks := (worker+1)*p.connectionHooks/usedWorkers - worker*p.connectionHooks/usedWorkers
		sending.Go(func() {
			for range hooks {
				_ = c.Send(ctx, worker) // most answers are failures, that is the point
			}
		})
	}
	sending.Wait()
	after, err := server.Count()
	if err == nil && after.Requests-before.Requests < int64(p.connectionHooks) {
		err = fmt.Errorf("%d hooks made %d requests", p.connectionHooks, after.Requests-before.Requests)
	}
	return after.Connections - before.Connections, err
}

// most is what a contestant opened at its worst answer.
func (u used) most(name string) (n int64, answer string) {
	for _, a := range u.answers {
		if c := u.counts[a][name]; answer == "" || c > n {
			n, answer = c, a
		}
	}
	return n, answer
}

func (u used) table() string {
	var rows [][]string
	for _, answer := range u.answers {
		row := []string{answer}
		for _, name := range u.names {
			row = append(row, fmt.Sprint(u.counts[answer][name]))
		}
		rows = append(rows, row)
	}
	return fmt.Sprintf("Connections opened for %d hooks, %d at once, none open before:\n\n%s",
		u.hooks, usedWorkers, strings.TrimRight(draw.Table(append([]string{"answer"}, u.names...), rows), "\n"))
}
