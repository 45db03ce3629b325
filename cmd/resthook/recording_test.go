package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// heard is an exchange that has everything.
func heard() exchange {
	return exchange{
		time: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), method: "publishStream",
		id: "a.1", sequence: 7, sent: "1767323045",
		request: []byte(`{"sessionId":"s","n":12345678901234567890,"t":"<&>"}`),
		status:  200, answer: []byte(`{"name":"other"}`), duration: 1234 * time.Microsecond,
	}
}

func recorded(t testing.TB, exchanges ...exchange) string {
	t.Helper()
	var b strings.Builder
	for _, x := range exchanges {
		require.NoError(t, writeExchange(&b, x))
	}
	return b.String()
}

func TestRecordingIsALineAnExchange(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `{"time":"2026-01-02T03:04:05.678901Z","method":"publishStream","id":"a.1","sequence":7,"sent":"1767323045",`+
		`"request":{"sessionId":"s","n":12345678901234567890,"t":"<&>"},"status":200,"answer":{"name":"other"},"duration":0.001234}`+"\n",
		recorded(t, heard()))
	bare := exchange{time: heard().time, method: "call", request: []byte("{\n \"a\": 1\n}")}
	assert.Equal(t, `{"time":"2026-01-02T03:04:05.678901Z","method":"call","request":{"a":1},"status":0,"answer":"","duration":0}`+"\n",
		recorded(t, bare))
}

func TestRecordingLeavesOutHeaders(t *testing.T) {
	t.Parallel()
	x := heard()
	x.remote, x.headers = "10.0.0.1:5", [][2]string{{"User-Agent", "s3cret"}}
	assert.Equal(t, recorded(t, heard()), recorded(t, x))
}

func TestRecordingReadsBack(t *testing.T) {
	t.Parallel()
	want := []exchange{heard(), heard(), heard(), heard(), heard()}
	want[1].request, want[1].answer, want[1].status = []byte("not\nJSON"), []byte("no such user\n"), 403
	want[2].request, want[2].answer = []byte(`"a string"`), []byte(`[1]`)
	want[3].request, want[3].answer, want[3].status = []byte{}, []byte{}, 0
	want[4].id, want[4].sequence, want[4].sent = "", 0, ""
	text := recorded(t, want...)
	assert.Equal(t, len(want), strings.Count(text, "\n"))
	reader := readRecording(strings.NewReader("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n\n")))
	for i := range want {
		got, err := reader.next()
		require.NoError(t, err)
		assert.Equal(t, want[i], got)
	}
	_, err := reader.next()
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
		{strings.Repeat(" ", maxLine+1), "line 3: more than 16777216 bytes"},
	} {
		reader := readRecording(strings.NewReader(recorded(t, heard()) + "\n" + tt.line))
		_, err := reader.next()
		require.NoError(t, err)
		_, err = reader.next()
		assert.ErrorContains(t, err, tt.want)
	}
}

func TestRecordingHoldsTheLargestBodies(t *testing.T) {
	t.Parallel()
	x := heard()
	x.request = []byte(strings.Repeat("\x01", maxBody))
	x.answer = x.request
	got, err := readRecording(strings.NewReader(recorded(t, x))).next()
	require.NoError(t, err)
	assert.Equal(t, x, got)
}

func TestRecordingRefusesALineThatCannotBeRead(t *testing.T) {
	t.Parallel()
	x := heard()
	x.answer = []byte(strings.Repeat(" ", maxLine))
	assert.ErrorContains(t, writeExchange(io.Discard, x), "publishStream: more than")
}
