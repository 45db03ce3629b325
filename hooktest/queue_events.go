package hooktest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// queueKeepsEvents pushes and pulls events with all kinds of values.
func queueKeepsEvents(q *queueTest) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	full := fullEvent()
	for i, body := range [][]byte{full.Body, nil, {}, every, []byte("{\n \"a\" : 1e2}\n"), bytes.Repeat([]byte("x"), 100_000)} {
		e := full
		e.ID, e.Body = fmt.Sprint("body-", i), body
		q.pushAll(e)
		q.asPushed(e)
	}
	for i, change := range []func(*resthook.Event){
		func(e *resthook.Event) { *e = resthook.Event{App: "a", Time: e.Time} },
		func(e *resthook.Event) { e.Session, e.Line = "", "" },
		func(e *resthook.Event) { e.Time = time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.UTC) },
		func(e *resthook.Event) { e.About.Name = "\u2028 <b>&\"\\ \x00\x7f é 🎥" },
		func(e *resthook.Event) { e.Hook, e.AppKey = strings.Repeat("h", 1000), strings.Repeat("k", 1000) },
	} {
		e := full
		change(&e)
		e.ID = fmt.Sprint("event-", i)
		q.pushAll(e)
		q.asPushed(e)
	}
}

// fullEvent is an event with a value in each field.
func fullEvent() resthook.Event {
	e := resthook.Event{
		Body: []byte(`{"name":"cam"}`), App: "a", Time: time.Now().Add(-time.Minute).Truncate(time.Microsecond),
		Kind: resthook.KindEvent, OnError: resthook.OnErrorFail, Priority: resthook.PriorityClosing,
	}
	fill(reflect.ValueOf(&e).Elem())
	return e
}

// fill sets each field that is zero to a distinct value.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch {
		case !f.IsZero():
		case f.Kind() == reflect.Struct:
			fill(f)
		case f.Kind() == reflect.String:
			f.SetString("the " + name)
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.CanInt():
			f.SetInt(int64(100 + i))
		case f.CanUint():
			f.SetUint(uint64(100 + i))
		}
	}
}

// asPushed pulls the only event, and checks that it is unchanged.
func (q *queueTest) asPushed(want resthook.Event) {
	q.Helper()
	lease := q.want(want.ID, "a")
	q.same(want, lease.Event())
	q.done(lease)
}

// same checks that an event is unchanged since it was pushed or requeued.
func (q *queueTest) same(want, got resthook.Event) {
	q.Helper()
	if !bytes.Equal(want.Body, got.Body) {
		q.Errorf("hooktest: event %q: a body of %d bytes came out with %d, or with others", cut(want.ID, longName), len(want.Body), len(got.Body))
	}
	if !want.Time.Equal(got.Time) {
		q.Errorf("hooktest: event %q: Time %v, want %v", cut(want.ID, longName), got.Time, want.Time)
	}
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	for i := range w.NumField() {
		switch name := w.Type().Field(i).Name; {
		case name == "Body", name == "Time":
		case !w.Field(i).Equal(g.Field(i)):
			q.Errorf("hooktest: event %q: %s is %v, want %v", cut(want.ID, longName), name, cut(fmt.Sprint(g.Field(i)), longName), cut(fmt.Sprint(w.Field(i)), longName))
		}
	}
}

func queueStoresInOrder(q *queueTest) {
	var want [][]string
	for i := range 5 {
		s := &queueLine{app: "a", session: fmt.Sprint(i)}
		var ids []string
		for range 20 {
			e := s.next()
			ids = append(ids, e.ID)
			q.pushAll(e)
		}
		want = append(want, ids)
	}
	q.eventually(func() bool { return len(q.ledger.storedIDs()) >= 100 }, func() string {
		return fmt.Sprintf("%d of 100 events were stored", len(q.ledger.storedIDs()))
	})
	stored := q.ledger.storedIDs()
	for _, ids := range want {
		own := slices.DeleteFunc(slices.Clone(stored), func(id string) bool { return !slices.Contains(ids, id) })
		if !slices.Equal(own, ids) {
			q.Errorf("hooktest: a session's events were pushed as %q and stored as %q", ids, own)
		}
		for _, id := range ids {
			if err := q.ledger.storedOf(id)[0]; err != nil {
				q.Errorf("hooktest: %q was not stored: %v", id, err)
			}
		}
	}
}

// queuePushesAtOnce needs one run with hardly a slow push. A busy machine makes a push slow here
// and there, a queue that waits makes most of them slow.
func queuePushesAtOnce(q *queueTest) {
	const runs, pushes, tolerated, slow = 16, 50, 2, 500 * time.Microsecond
	s := &queueLine{app: "a"}
	end := time.Now().Add(q.limit)
	for i := 0; i < runs && time.Now().Before(end); i++ {
		s.session = fmt.Sprint(i)
		waited := 0
		for n := 0; n < pushes && waited <= tolerated; n++ {
			begun := time.Now()
			q.pushAll(s.next())
			if time.Since(begun) >= slow {
				waited++
			}
		}
		if waited <= tolerated {
			return
		}
		time.Sleep(moment)
	}
	q.Errorf("hooktest: Push waits: there was no run of %d pushes in which at most %d took %v or more", pushes, tolerated, slow)
}

// queueReplaces checks that only an older event with the same Replaces is replaced, and that
// all others come out.
func queueReplaces(q *queueTest) {
	s, other := &queueLine{app: "a", session: "s"}, &queueLine{app: "a", session: "other"}
	out := s.about("stream")
	q.pushAll(out)
	lease := q.want(out.ID, "a")
	plain, old, different, foreign := s.next(), s.about("stream"), s.about("stream 2"), other.about("stream")
	q.pushAll(plain, old, different, foreign)
	for _, d := range q.push(s.about("stream")) {
		if d.Event.ID != old.ID || d.Result != resthook.EventReplaced {
			q.Errorf("hooktest: Push let %q go, where only %q could be replaced", dropsOf([]resthook.Drop{d}), old.ID)
		}
	}
	q.pushAll(s.next(), s.next())
	q.done(lease)
	for last := uint64(0); len(q.ledger.open()) > 0; {
		lease := q.take("a")
		e := lease.Event()
		if e.Session == "s" && e.Sequence <= last {
			q.Errorf("hooktest: %q came after number %d of its session", e.ID, last)
		}
		if e.Session == "s" {
			last = e.Sequence
		}
		q.done(lease)
	}
}
