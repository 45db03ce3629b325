package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// inspect returns what a start found damaged. Streams that are there and can't be decrypted are
// an error: making them again with another key would lose what they hold.
func inspect(ctx context.Context, js jetstream.JetStream, o Options, lines []string) ([]string, error) {
	opened, err := openedStreams(ctx, js)
	if err != nil {
		return nil, err
	}
	if len(opened) == 0 && slices.ContainsFunc(lines, isUndecrypted) {
		return nil, fmt.Errorf("%w: no stream can be decrypted", ErrKey)
	}
	stored, err := storedStreams(o.Dir)
	if err != nil {
		return nil, err
	}
	damage := reported(lines)
	for _, name := range stored {
		if !slices.Contains(opened, name) {
			damage = append(damage, fmt.Sprintf("Stream %s is on the disk but could not be opened.", name))
		}
	}
	for _, name := range opened {
		lost, err := lostOf(ctx, js.Conn(), name)
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
	return names, nil
}

func isUndecrypted(line string) bool {
	return strings.HasPrefix(line, "Error decrypting our stream metafile")
}

// reported makes sentences of what the server said while starting, without what it says after
// every crash, when it reads again what the index did not have yet and loses nothing.
func reported(lines []string) []string {
	var damage []string
	for _, line := range lines {
		if !isUsual(line) {
			damage = append(damage, "The server said: "+line+".")
		}
	}
	return damage
}

func isUsual(line string) bool {
	for _, part := range []string{
		"Stream state outdated", "Stream state detected prior state", "Recovering stream state from index errored: prior state file",
		" took ", "state is outdated; attempting to recover",
	} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

// lostOf says what a stream has lost. The client's StreamState leaves it out of the answer.
func lostOf(ctx context.Context, nc *nats.Conn, name string) (string, error) {
	answer, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+name, nil)
	if err != nil {
		return "", fmt.Errorf("ask for stream %s: %w", name, err)
	}
	var info struct {
		State struct {
			Lost *struct {
				Msgs  []uint64 `json:"msgs"`
				Bytes uint64   `json:"bytes"`
			} `json:"lost"`
		} `json:"state"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &info); err != nil {
		return "", fmt.Errorf("ask for stream %s: %w", name, err)
	}
	if info.Error != nil {
		return "", fmt.Errorf("ask for stream %s: %w", name, errors.New(info.Error.Description))
	}
	lost := info.State.Lost
	if lost == nil {
		return "", nil
	}
	return fmt.Sprintf("Stream %s has lost %d messages%s (%d bytes).", name, len(lost.Msgs), span(lost.Msgs), lost.Bytes), nil
}

// span says which sequences are meant, by the lowest and the highest.
func span(seqs []uint64) string {
	if len(seqs) == 0 {
		return ""
	}
	return fmt.Sprintf(", of sequences %d to %d", slices.Min(seqs), slices.Max(seqs))
}
