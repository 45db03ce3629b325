package hooktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wcskit/resthook"
)

func queueKeepsOrder(q *queueTest) {
	s := &queueLine{app: "a", session: "s"}
	var all []resthook.Event
	for _, p := range []resthook.Priority{resthook.PriorityStatus, resthook.PriorityClosing, resthook.PriorityProgress, resthook.PriorityStatus} {
		e := s.next()
		e.Priority = p
		all = append(all, e)
	}
	q.pushAll(all[:3]...)
	for i, e := range all {
		lease := q.want(e.ID, "a")
		if i == 0 {
			q.pushAll(all[3])
		}
		q.none("another one of its session is out", "a")
		q.done(lease)
	}
}

func queueServesOthers(q *queueTest) {
	s, other := &queueLine{app: "a", session: "s"}, &queueLine{app: "a", session: "other"}
	first := s.next()
	q.pushAll(first, s.next())
	out := q.want(first.ID, "a")
	for range 3 {
		e := other.next()
		q.pushAll(e)
		q.done(q.want(e.ID, "a"))
	}
	q.done(out)
}

// queueTellsSessionsApart pulls an event of each session at the same time.
func queueTellsSessionsApart(q *queueTest) {
	var lines []*queueLine
	for _, session := range []string{
		"s", "S", " s", "s.t", "s/t", "s:t", "s t", "s*", ">", "", "\x00", "s\nt", "ß", "ss", fmt.Sprintf("%0300d", 1), fmt.Sprintf("%0300d", 2),
	} {
		lines = append(lines, &queueLine{app: "a", session: session})
	}
	for i, l := range lines {
		for j := range 2 {
			e := l.next()
			e.ID = fmt.Sprintf("session-%d/%d", i, j) // printable, as all ids are
			q.pushAll(e)
		}
	}
	for i := range 2 { // the same session id, but two lines
		e := (&queueLine{app: "a", session: "same"}).next()
		e.ID, e.Line = fmt.Sprint("line-", i), fmt.Sprint("line-", i)
		q.pushAll(e)
	}
	var out []resthook.Lease
	for range len(lines) + 2 {
		out = append(out, q.take("a"))
	}
	q.none("one of each session is out", "a")
	for _, lease := range out {
		q.done(lease)
	}
}

func queueKeepsAppsApart(q *queueTest) {
	// App and session together are the same text for some of these.
	one, two, same, plain := &queueLine{app: "a", session: "bc"}, &queueLine{app: "ab", session: "c"}, &queueLine{app: "b", session: "bc"}, &queueLine{}
	first, second, third, fourth := one.next(), two.next(), same.next(), plain.next()
	q.pushAll(first)
	q.none("it is another app's", "ab")
	q.none("it is another app's", "", "b")
	q.pushAll(second, third, fourth)
	out := []resthook.Lease{q.want(second.ID, "ab"), q.want(fourth.ID, "")}
	both := []string{}
	for range 2 {
		lease := q.take("a", "b")
		out, both = append(out, lease), append(both, lease.Event().ID)
	}
	slices.Sort(both)
	if want := []string{first.ID, third.ID}; !slices.Equal(both, want) {
		q.Errorf("hooktest: Pull of two apps gave %q, want %q", both, want)
	}
	q.requeue(out[2], time.Hour)
	e := two.next()
	q.pushAll(e)
	q.done(out[0])
	q.done(q.want(e.ID, "ab")) // a waiting session does not delay another app
}

// queueWaitsForApps starts as many pulls as there will be events.
func queueWaitsForApps(q *queueTest) {
	const rounds = 10
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := range rounds {
		pulls := []*pullOf{q.pull(ctx, "a", "b"), q.pull(ctx, "b"), q.pull(ctx, "b", "a")}
		time.Sleep(time.Millisecond) // so that the pulls usually wait
		for j, app := range []string{"b", []string{"a", "b"}[i%2], "b"} {
			q.pushAll((&queueLine{app: app, session: fmt.Sprint(i, ".", j)}).next())
		}
		for _, p := range pulls {
			lease, err := q.result(p, "there is an event for each Pull")
			if err != nil {
				q.Fatalf("hooktest: Pull of two apps: %v", err)
			}
			q.done(lease)
		}
	}
}

// queuePullEnds pushes events while pulls end.
func queuePullEnds(q *queueTest) {
	q.none("nothing was pushed", "a")
	const rounds = 50
	s := &queueLine{app: "a", session: "s"}
	for i := range rounds {
		ctx, cancel := context.WithCancel(context.Background())
		p := q.pull(ctx, "a")
		if i%2 == 0 {
			time.Sleep(time.Millisecond) // so that the pull usually waits
		}
		go cancel()
		e := s.next()
		q.pushAll(e)
		lease, err := q.result(p, "its context has ended")
		if err != nil {
			lease = q.want(e.ID, "a")
		}
		q.done(lease)
	}
}
