package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Hooks are the hooks of a recording, in the order in which they came in.
type Hooks struct {
	Name    string // of the recording, for messages
	Unended int    // the number of the last line if it was cut short and is left out, else 0

	all     []hook
	leftOut int // requests that are not hooks
}

// hook is an exchange of a recording, and its line.
type hook struct {
	recording.Exchange

	line    int
	session string // its id, or empty
	method  resthook.Method
}

// Read reads a whole recording: a file, or stdin if the name is -. A recording without a
// hook is an error.
func Read(name string, stdin io.Reader) (*Hooks, error) {
	hooks := &Hooks{Name: "stdin"}
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close() //nolint:errcheck // it was only read
		stdin, hooks.Name = file, terminal.Printable(name)
	}
	if err := hooks.read(recording.NewReader(stdin)); err != nil {
		return nil, fmt.Errorf("%s: %w", hooks.Name, err)
	}
	return hooks, nil
}

func (h *Hooks) read(reader *recording.Reader) error {
	for {
		x, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		h.add(x, reader.Line)
	}
	h.Unended = reader.Unended
	switch {
	case len(h.all) > 0:
	case h.Unended > 0:
		return fmt.Errorf("no hook in it: line %d was cut short", h.Unended)
	default:
		return errors.New("no hook in it")
	}
	slices.SortStableFunc(h.all, func(a, b hook) int { return a.Time.Compare(b.Time) })
	return nil
}

func (h *Hooks) add(x recording.Exchange, line int) {
	method := recording.MethodOf(x)
	if method == nil {
		h.leftOut++
		return
	}
	h.all = append(h.all, hook{x, line, sessionOf(x.Request), method})
}

// sessionOf is the session id in a request.
func sessionOf(request []byte) string {
	var payload map[string]any
	_ = json.Unmarshal(request, &payload) // MethodOf has checked that it is an object
	id, _ := payload["sessionId"].(string)
	return id
}
