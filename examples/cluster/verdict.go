package main

import (
	"fmt"
	"io"
)

// verdict says what the backend saw.
type verdict struct {
	sessions, events, repeats int

	// These have to be 0.
	outOfOrder, missing                    int
	sessionsLeft, streamsLeft, closedTwice int
}

// judge looks at the sessions of which something was recorded. A session of which the store has
// nothing promises nothing.
func (a *account) judge() (v verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v.repeats = a.repeats
	for id, s := range a.sessions {
		if s.recorded == 0 {
			continue
		}
		v.sessions++
		v.events += len(s.ids)
		v.outOfOrder += s.outOfOrder
		v.missing += s.missing()
		if !s.closed() {
			v.sessionsLeft++
		}
		for of, closings := range s.things {
			if len(closings) == 0 && of != id {
				v.streamsLeft++
			}
			if len(closings) > 1 {
				v.closedTwice++
			}
		}
	}
	return v
}

func (v verdict) good() bool {
	return v.sessions > 0 && v.outOfOrder+v.missing+v.streamsLeft+v.sessionsLeft+v.closedTwice == 0
}

// print prints the verdict.
func (v verdict) print(out io.Writer) {
	for _, row := range []struct {
		what  string
		count int
	}{
		{"sessions", v.sessions},
		{"events", v.events},
		{"repeats, each with the id of the first", v.repeats},
		{"events out of order in their session", v.outOfOrder},
		{"events recorded, and missing", v.missing},
		{"sessions without their closing event", v.sessionsLeft},
		{"streams without their closing event", v.streamsLeft},
		{"closing events with two ids", v.closedTwice},
	} {
		fmt.Fprintf(out, "   %-41s %7d\n", row.what, row.count)
	}
}
