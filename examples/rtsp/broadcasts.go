package main

import (
	"sync"

	"github.com/bluenviron/gortsplib/v4"
)

// broadcasts are the published streams, by the names that the backend gave them. It is
// safe for concurrent use.
type broadcasts struct {
	mu   sync.Mutex
	live map[string]*gortsplib.ServerStream
}

// open makes a stream available to players, unless its name is in use.
func (b *broadcasts) open(name string, source *gortsplib.ServerStream) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.live[name] != nil {
		return errInUse
	}
	if b.live == nil {
		b.live = map[string]*gortsplib.ServerStream{}
	}
	b.live[name] = source
	return nil
}

// find returns nil if there is no stream with this name.
func (b *broadcasts) find(name string) *gortsplib.ServerStream {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.live[name]
}

// close removes a stream. gortsplib ends its players.
func (b *broadcasts) close(name string, source *gortsplib.ServerStream) {
	b.mu.Lock()
	if b.live[name] == source {
		delete(b.live, name)
	}
	b.mu.Unlock()
	source.Close()
}
