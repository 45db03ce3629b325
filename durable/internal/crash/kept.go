//go:build unix

package crash

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// survivors are the sessions of a media server of which all is known: they can outlive it. It is safe for
// concurrent use.
type survivors struct {
	mu      sync.Mutex
	streams map[string]string // that are open, by the session; empty: none
}

// heed takes what a media server says of its sessions.
func (s *survivors) heed(words []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case words[0] == "keeps" && len(words) == 2:
		s.streams[words[1]] = ""
	case words[0] == "keeps" && len(words) == 3:
		s.streams[words[1]] = words[2]
	case words[0] == "changes" && len(words) == 2:
		delete(s.streams, words[1])
	}
}

// keep chooses two thirds of them. The others are gone for good.
func (s *survivors) keep(random *rand.Rand) (kept []Kept) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.streams)) {
		if random.IntN(3) == 0 {
			delete(s.streams, id)
			continue
		}
		kept = append(kept, Kept{ID: id, Stream: s.streams[id]})
	}
	random.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	return kept
}

// resume kills the media server at a random moment, perhaps while it resumes. The next one resumes two
// thirds of the sessions.
func resume(w *world) error {
	if err := w.someTime(w.slots[0]); err != nil {
		return err
	}
	w.kill(0)
	kept := w.survivors.keep(w.random)
	config := w.config(nodeOf(0))
	config.Kept = filepath.Join(w.Dir, config.Name+".kept")
	text, err := json.Marshal(kept)
	if err == nil {
		err = os.WriteFile(config.Kept, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("sessions that are kept: %w", err)
	}
	open := 0
	for _, k := range kept {
		w.ledger.Kept(k.ID, config.Name)
		if k.Stream != "" {
			open++
		}
	}
	w.Log("%d sessions are kept, %d with a stream", len(kept), open)
	return w.play(0, config)
}
