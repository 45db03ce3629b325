package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// MaxLine is how long a line of a recording may be, in bytes: enough for two bodies of
// MaxBody with every byte escaped.
const MaxLine = 16 << 20

// recordedTime is RFC 3339 with microseconds.
const recordedTime = "2006-01-02T15:04:05.000000Z07:00"

// recordedExchange is a line of a recording: exactly these fields. Of the headers it has
// only those that identify the hook, so it has no secret of a header.
type recordedExchange struct {
	Time     string          `json:"time"`
	Method   string          `json:"method"`
	ID       string          `json:"id,omitempty"`
	Sequence uint64          `json:"sequence,omitempty"`
	Sent     string          `json:"sent,omitempty"`
	Request  json.RawMessage `json:"request"`  // an object, or a string if it was not an object
	Status   int             `json:"status"`   // 0: the connection was dropped
	Answer   json.RawMessage `json:"answer"`   // likewise
	Duration float64         `json:"duration"` // in seconds
}

// Write writes x as one line of a recording, with one call of w.Write.
func Write(w io.Writer, x Exchange) error {
	line, err := terminal.JSON(recordedExchange{
		Time: x.Time.UTC().Format(recordedTime), Method: x.Method,
		ID: x.ID, Sequence: x.Sequence, Sent: x.Sent,
		Request: recordedBody(x.Request), Status: x.Status, Answer: recordedBody(x.Answer),
		Duration: x.Duration.Round(time.Microsecond).Seconds(),
	})
	if err != nil {
		return fmt.Errorf("recording %s: %w", terminal.Printable(x.Method), err)
	}
	if len(line) > MaxLine {
		return fmt.Errorf("recording %s: more than %d bytes", terminal.Printable(x.Method), MaxLine)
	}
	_, err = io.WriteString(w, line+"\n")
	return err
}

// recordedBody is a body as JSON: an object as it is, any other text as a string.
func recordedBody(body []byte) json.RawMessage {
	if IsObject(body) {
		return body
	}
	text, _ := json.Marshal(string(body)) // a string always has a JSON form
	return text
}

// IsObject reports whether a body is one JSON object in valid UTF-8.
func IsObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && utf8.Valid(body) && json.Valid(body)
}

// parseExchange reads a line of a recording. Its errors name the field.
func parseExchange(line []byte) (Exchange, error) {
	var recorded recordedExchange
	if err := unmarshalLine(line, &recorded); err != nil {
		return Exchange{}, err
	}
	begun, err := time.Parse(time.RFC3339Nano, recorded.Time)
	if err != nil {
		return Exchange{}, fmt.Errorf("time: %q is not a time of RFC 3339", recorded.Time)
	}
	x := Exchange{
		Time: begun, Method: recorded.Method,
		ID: recorded.ID, Sequence: recorded.Sequence, Sent: recorded.Sent,
		Status: recorded.Status, Duration: time.Duration(math.Round(recorded.Duration * float64(time.Second))),
	}
	if x.Request, err = parseBody(recorded.Request); err != nil {
		return Exchange{}, fmt.Errorf("request: %w", err)
	}
	if x.Answer, err = parseBody(recorded.Answer); err != nil {
		return Exchange{}, fmt.Errorf("answer: %w", err)
	}
	return x, recorded.check()
}

// unmarshalLine reads a line into v. A type error names the JSON type, not Go's.
func unmarshalLine(line []byte, v any) error {
	err := json.Unmarshal(line, v)
	if misfit, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && misfit.Field != "" {
		return fmt.Errorf("%s: a %s has no place here", misfit.Field, misfit.Value)
	}
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	return nil
}

// check rejects values that no exchange has.
func (r *recordedExchange) check() error {
	const longest = 24 * 60 * 60
	switch {
	case r.Method == "" || strings.Contains(r.Method, "/"):
		return fmt.Errorf("method: %q is not the name of a hook", r.Method)
	case r.Status != 0 && (r.Status < 100 || r.Status > 999):
		return fmt.Errorf("status: %d is neither one of HTTP nor 0", r.Status)
	case r.Duration < 0 || r.Duration > longest:
		return fmt.Errorf("duration: %v is not between 0 and %d seconds", r.Duration, longest)
	}
	return nil
}

// parseBody is the reverse of recordedBody.
func parseBody(recorded json.RawMessage) ([]byte, error) {
	if bytes.HasPrefix(recorded, []byte("{")) {
		return recorded, nil
	}
	var text *string
	if err := json.Unmarshal(recorded, &text); err != nil || text == nil {
		return nil, errors.New("neither an object nor a string")
	}
	return []byte(*text), nil
}
