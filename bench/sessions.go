package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/measure"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// crowd is what a number of sessions costs.
type crowd struct {
	sessions   int
	memory     float64 // bytes, of all
	goroutines int
	cpu        time.Duration // of a hook to one of them
}

func (c crowd) each() float64 { return c.memory / float64(c.sessions) }

// crowdWorkers is how many hooks are under way while sessions grow.
const crowdWorkers = 8

// idleSessions measures the sessions that the target is about.
func (p plan) idleSessions(ctx context.Context, url string) (crowd, error) {
	return measureCrowd(ctx, url, min(p.sessions, p.idle), 0)
}

// measureCrowd makes the sessions, then sends hooks to them.
func measureCrowd(ctx context.Context, url string, sessions, hooks int) (c crowd, err error) {
	idle := runtime.NumGoroutine()
	s, err := peer.OpenSessions(peer.Target{URL: url, Workers: crowdWorkers}, sessions)
	if err != nil {
		return c, err
	}
	defer func() {
		err = errors.Join(err, s.Close())
		waitForGoroutines(idle)
	}()
	c = crowd{sessions: sessions, goroutines: runtime.NumGoroutine(), memory: float64(measure.Memory())}
	if err := s.Fill(); err != nil {
		return c, err
	}
	c.memory = max(float64(measure.Memory())-c.memory, 0)
	c.goroutines = max(runtime.NumGoroutine()-c.goroutines, 0)
	if hooks == 0 {
		return c, nil
	}
	if _, err := (measure.Round{Sender: s, Workers: crowdWorkers, Hooks: 200}).Run(ctx); err != nil {
		return c, err
	}
	spent, err := measure.Round{Sender: s, Workers: crowdWorkers, Hooks: hooks}.Run(ctx)
	c.cpu = spent.CPU
	return c, err
}

// growSessions measures 1, 10, 100 ... sessions.
func (p plan) growSessions(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	var crowds []crowd
	for _, n := range decades(p.sessions) {
		c, err := measureCrowd(ctx, server.URL, n, 4*p.hooks)
		if err != nil {
			return fmt.Errorf("%d sessions: %w", n, err)
		}
		fmt.Fprintf(errs, "%d sessions: %.0f bytes each\n", n, c.each())
		crowds = append(crowds, c)
	}
	r.add("sessions", crowdTable(crowds))
	r.chart("sessions", crowdChart(crowds))
	return nil
}

func crowdTable(crowds []crowd) string {
	var rows [][]string
	for _, c := range crowds {
		rows = append(rows, []string{
			fmt.Sprint(c.sessions), draw.Short(c.memory), fmt.Sprintf("%.0f", c.each()),
			fmt.Sprint(c.goroutines), fmt.Sprintf("%.1f", micros(c.cpu)),
		})
	}
	return draw.Table([]string{"sessions", "memory, bytes", "each, bytes", "goroutines for them", "CPU, µs per hook"}, rows)
}

func crowdChart(crowds []crowd) []byte {
	all, routines, cost := draw.Line{Name: "resthook"}, draw.Line{}, draw.Line{}
	chart := draw.Lines{Title: "Open sessions", XTitle: "sessions"}
	for _, c := range crowds {
		chart.X = append(chart.X, draw.Short(float64(c.sessions)))
		all.Values = append(all.Values, c.memory)
		routines.Values, cost.Values = append(routines.Values, float64(c.goroutines)), append(cost.Values, micros(c.cpu))
	}
	chart.Panels = []draw.Panel{
		{Title: "memory of all, bytes", Log: true, Lines: []draw.Line{all}},
		{Title: "goroutines for them", Lines: []draw.Line{routines}},
		{Title: "CPU per hook, µs", Lines: []draw.Line{cost}},
	}
	return chart.SVG()
}

// decades are 1, 10, 100 ... up to most, which is the last.
func decades(most int) []int {
	var all []int
	for n := 1; n < most; n *= 10 {
		all = append(all, n)
	}
	return append(all, most)
}
