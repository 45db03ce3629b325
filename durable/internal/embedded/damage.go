package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// found is what a start has to judge a store by.
type found struct {
	lines   []string // what the server said: warnings and errors
	crashed bool     // the server before did not come to its end
}

// inspect returns what a start found damaged. Streams that are there and can't be decrypted are
// an error: making them again with another key would lose what they hold.
func inspect(ctx context.Context, js jetstream.JetStream, o Options, f found) ([]string, error) {
	opened, err := openedStreams(ctx, js)
	if err != nil {
		return nil, err
	}
	if len(opened) == 0 && slices.ContainsFunc(f.lines, isUndecrypted) {
		return nil, fmt.Errorf("%w: no stream can be decrypted", ErrKey)
	}
	stored, err := storedStreams(o.Dir)
	if err != nil {
		return nil, err
	}
	damage := f.reported()
	for _, name := range stored {
		if !slices.Contains(opened, name) {
			damage = append(damage, fmt.Sprintf("Stream %s is on the disk but could not be opened.", name))
		}
	}
	for _, name := range opened {
		if f.consumed(name) {
			continue
		}
		lost, err := Lost(ctx, js.Conn(), name)
		if err != nil {
			return nil, err
		}
		if lost != "" {
			damage = append(damage, lost)
		}
	}
	return damage, nil
}

func openedStreams(ctx context.Context, js jetstream.JetStream) ([]string, error) {
	var names []string
	lister := js.StreamNames(ctx)
	for name := range lister.Name() {
		names = append(names, name)
	}
	if err := lister.Err(); err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

func isUndecrypted(line string) bool {
	return strings.HasPrefix(line, "Error decrypting our stream metafile")
}

// consumed says that what a stream takes for lost was more likely delivered: its index, which a
// crash left as it was some time before, names a block that is gone, and the server removes a
// block when the last message of it is deleted.
func (f found) consumed(stream string) bool {
	return f.crashed && slices.ContainsFunc(f.lines, func(line string) bool {
		return strings.HasPrefix(line, "Filestore ["+stream+"] ") && strings.Contains(line, "could not locate msg block")
	})
}

// reported makes sentences of what the server said, without what it says after every crash,
// when the index has to be made anew from the blocks.
func (f found) reported() []string {
	var damage []string
	for _, line := range f.lines {
		if !isUsual(line) {
			damage = append(damage, "The server said: "+line+".")
		}
	}
	return damage
}

func isUsual(line string) bool {
	for _, part := range []string{
		"Stream state outdated",
		"Stream state detected prior state",
		"Recovering stream state from index errored: prior state file",
		" took ", // a while
	} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}
