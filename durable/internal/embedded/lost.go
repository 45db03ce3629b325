package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxDeleted is up to how many deleted sequences a stream is asked for what it lost: the
// server adds all of them to the answer, some eight bytes for each.
const maxDeleted = 4 << 20

// streamState is the part of a stream's state that the client's type leaves out.
type streamState struct {
	NumDeleted int   `json:"num_deleted"`
	Lost       *lost `json:"lost"` // only in an answer with the deleted sequences
}

// lost is what a stream lost: the sequences as far as they are known, and their bytes.
type lost struct {
	Msgs  []uint64 `json:"msgs"`
	Bytes uint64   `json:"bytes"`
}

// Lost says what a stream has lost; nothing if too many messages are deleted to ask.
func Lost(ctx context.Context, nc *nats.Conn, name string) (string, error) {
	state, err := askState(ctx, nc, name, "")
	if err != nil || state.NumDeleted > maxDeleted {
		return "", err
	}
	state, err = askState(ctx, nc, name, `{"deleted_details":true}`)
	if err != nil || state.Lost == nil {
		return "", err
	}
	return state.Lost.sentence(name), nil
}

func askState(ctx context.Context, nc *nats.Conn, name, request string) (streamState, error) {
	answer, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+name, []byte(request))
	if err != nil {
		return streamState{}, fmt.Errorf("ask for stream %s: %w", name, err)
	}
	var info struct {
		State streamState         `json:"state"`
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &info); err != nil {
		return streamState{}, fmt.Errorf("ask for stream %s: %w", name, err)
	}
	if info.Error != nil {
		return streamState{}, fmt.Errorf("ask for stream %s: %w", name, info.Error)
	}
	return info.State, nil
}

func (l *lost) sentence(name string) string {
	if len(l.Msgs) == 0 {
		return fmt.Sprintf("Stream %s has lost the messages in %d bytes that cannot be read.", name, l.Bytes)
	}
	return fmt.Sprintf("Stream %s has lost %d messages of sequences %d to %d (%d bytes).",
		name, len(l.Msgs), slices.Min(l.Msgs), slices.Max(l.Msgs), l.Bytes)
}
