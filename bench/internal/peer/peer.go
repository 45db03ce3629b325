// Package peer holds the contestants: ways in which a media server may send its
// hooks, behind one small interface.
package peer

import (
	"context"
	"fmt"
)

// Contestant sends hooks. Send is called from as many goroutines as the
// [Target] has workers, each with a worker of its own, and returns when the hook is
// over: for an event, when it was delivered. Close ends its connections.
type Contestant interface {
	Send(ctx context.Context, worker int) error
	Close() error
}

// Target is where hooks go.
type Target struct {
	URL     string // the app's, without the method
	Workers int    // how many hooks can be under way at once
}

func (t Target) hookURL() string { return t.URL + "/" + method }

// Entry is a row of the tables.
type Entry struct {
	Name string
	Does string // what is done for each hook, and who chose it
	// Decodes is whether the answer ends up in the fields of a struct.
	Decodes bool
	Open    func(Target) (Contestant, error)
}

// The rows that the targets are about.
const (
	Floor      = "net/http tuned"
	Decoded    = "resthook Send, all fields taken"
	NotifyRule = "resthook Send, NOTIFY"
	Event      = "resthook Notify"
	LiveKit    = "LiveKit URLNotifier"
	LiveKitRes = "LiveKit ResourceURLNotifier"
)

// All returns the contestants in the order of the tables, the floor first.
func All() []Entry {
	all := netHTTPEntries()
	all = append(all, retryableEntry(), restyEntry(), failsafeEntry())
	all = append(all, liveKitEntries()...)
	all = append(all, fastHTTPEntry(), socketEntry())
	return append(all, resthookEntries()...)
}

// Named returns the contestants of the names, in that order.
func Named(names ...string) ([]Entry, error) {
	byName := map[string]Entry{}
	for _, e := range All() {
		byName[e.Name] = e
	}
	picked := make([]Entry, 0, len(names))
	for _, name := range names {
		e, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("no contestant %q", name)
		}
		picked = append(picked, e)
	}
	return picked, nil
}
