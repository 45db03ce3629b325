package recording_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
)

func TestRecordingIsALineAnExchange(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `{"time":"2026-01-02T03:04:05.678901Z","method":"publishStream","id":"a.1","sequence":7,"sent":"1767323045",`+
		`"request":{"sessionId":"s","n":12345678901234567890,"t":"<&>"},"status":200,"answer":{"name":"other"},"duration":0.001234}`+"\n",
		recorded.Text(t, recorded.Full()))
	bare := recording.Exchange{Time: recorded.Full().Time, Method: "call", Request: []byte("{\n \"a\": 1\n}")}
	assert.Equal(t, `{"time":"2026-01-02T03:04:05.678901Z","method":"call","request":{"a":1},"status":0,"answer":"","duration":0}`+"\n",
		recorded.Text(t, bare))
}

func TestRecordingReadsBack(t *testing.T) {
	t.Parallel()
	want := []recording.Exchange{recorded.Full(), recorded.Full(), recorded.Full(), recorded.Full(), recorded.Full()}
	want[1].Request, want[1].Answer, want[1].Status = []byte("not\nJSON"), []byte("no such user\n"), 403
	want[2].Request, want[2].Answer = []byte(`"a string"`), []byte(`[1]`)
	want[3].Request, want[3].Answer, want[3].Status = []byte{}, []byte{}, 0
	want[4].ID, want[4].Sequence, want[4].Sent = "", 0, ""
	text := recorded.Text(t, want...)
	assert.Equal(t, len(want), strings.Count(text, "\n"))
	reader := recording.NewReader(strings.NewReader("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n\n")))
	for i := range want {
		got, err := reader.Next()
		require.NoError(t, err)
		assert.Equal(t, want[i], got)
	}
	_, err := reader.Next()
	assert.ErrorIs(t, err, io.EOF)
}

func TestRecordingSaysWhere(t *testing.T) {
	t.Parallel()
	const fine = `"time":"2026-01-02T03:04:05Z","method":"call","status":200,"answer":{},"duration":1`
	for _, tt := range []struct{ line, want string }{
		{`{` + fine, "line 3: not a JSON object: "},
		{`[]`, "line 3: not a JSON object: "},
		{`{}`, `line 3: time: "" is not`},
		{`{"time":5}`, "line 3: time: a number has no place here"},
		{`{` + fine + `}`, "line 3: request: neither"},
		{`{` + fine + `,"request":null}`, "line 3: request: neither"},
		{`{` + fine + `,"request":[]}`, "line 3: request: neither"},
		{`{` + fine + `,"request":{},"answer":1}`, "line 3: answer: neither"},
		{`{` + fine + `,"request":{},"method":""}`, `line 3: method: "" is not`},
		{`{` + fine + `,"request":{},"method":"a/b"}`, `line 3: method: "a/b" is not`},
		{`{` + fine + `,"request":{},"status":99}`, "line 3: status: 99 is neither"},
		{`{` + fine + `,"request":{},"status":"200"}`, "line 3: status: a string has no place here"},
		{`{` + fine + `,"request":{},"sequence":-1}`, "line 3: sequence: a number -1 has no place here"},
		{`{` + fine + `,"request":{},"duration":-1}`, "line 3: duration: -1 is not"},
		{strings.Repeat(" ", recording.MaxLine+1), "line 3: more than 16777216 bytes"},
	} {
		reader := recording.NewReader(strings.NewReader(recorded.Text(t, recorded.Full()) + "\n" + tt.line + "\n"))
		_, err := reader.Next()
		require.NoError(t, err)
		_, err = reader.Next()
		assert.ErrorContains(t, err, tt.want)
	}
}

// On a full disk the last line is incomplete.
func TestRecordingLeavesOutALineThatWasCutShort(t *testing.T) {
	t.Parallel()
	whole := recorded.Text(t, recorded.Full())
	for _, tt := range []struct {
		text           string
		hooks, unended int
	}{
		{"", 0, 0},
		{" \n \t", 0, 0},
		{whole, 1, 0},
		{whole + " ", 1, 0},
		{whole + whole[:len(whole)-1], 2, 0},
		{whole + whole[:len(whole)-2], 1, 2},
		{whole + whole[:20], 1, 2},
		{whole + "\n{", 1, 3},
		{whole[:len(whole)-1], 1, 0},
		{whole[:len(whole)-2], 0, 1},
		{"{", 0, 1},
	} {
		reader := recording.NewReader(strings.NewReader(tt.text))
		hooks := 0
		for {
			_, err := reader.Next()
			if err != nil {
				require.ErrorIs(t, err, io.EOF, tt.text)
				break
			}
			hooks++
		}
		assert.Equal(t, []int{tt.hooks, tt.unended}, []int{hooks, reader.Unended}, "%q", tt.text)
	}
}

// The recording has the exact bytes of the hook's body.
func TestRecordedBodyIsSentAsItIs(t *testing.T) {
	t.Parallel()
	const body = `{"b":1.0, "a":"\u003c","a":[ 2 ]}`
	line := `{"time":"2026-01-02T03:04:05Z","method":"own","request":` + body + `,"status":200,"answer":{},"duration":1}` + "\n"
	x, err := recording.NewReader(strings.NewReader(line)).Next()
	require.NoError(t, err)
	assert.Equal(t, body, string(x.Request))
	assert.NotNil(t, recording.MethodOf(x))
}

func TestRecordingHoldsTheLargestBodies(t *testing.T) {
	t.Parallel()
	x := recorded.Full()
	x.Request = []byte(strings.Repeat("\x01", recording.MaxBody))
	x.Answer = x.Request
	got, err := recording.NewReader(strings.NewReader(recorded.Text(t, x))).Next()
	require.NoError(t, err)
	assert.Equal(t, x, got)
}

func TestRecordingRefusesALineThatCannotBeRead(t *testing.T) {
	t.Parallel()
	x := recorded.Full()
	x.Answer = []byte(strings.Repeat(" ", recording.MaxLine))
	assert.ErrorContains(t, recording.Write(io.Discard, x), "publishStream: more than")
}
