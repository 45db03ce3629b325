package resthook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Payload types of a media server, whose methods may do anything.

// foreignPayload panics when it is written or read.
type foreignPayload struct{}

func (foreignPayload) MarshalJSON() ([]byte, error) { panic("S3CRET") }
func (*foreignPayload) UnmarshalJSON([]byte) error  { panic("S3CRET") }

// badKey panics when it is written, unless it is 0.
type badKey int

func (k badKey) MarshalText() ([]byte, error) { return []byte{"x"[k]}, nil }

type ownKeys struct {
	Keys map[badKey]int `json:"keys"`
}

func TestAPayloadThatPanics(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	b := hooktest.NewBackend(t)
	client := newClient(t, b.URL(), resthook.WithLogger(slog.New(slog.NewTextHandler(&lines, nil))))
	own := resthook.MustHook[foreignPayload]("own", resthook.KindDirect)
	keys := resthook.MustHook[ownKeys]("keys", resthook.KindEvent)
	broken := &foreignPayload{}
	custom := &resthook.Stream{Status: resthook.StreamPlaying, Custom: map[string]any{"a": map[string]any{"b": broken}}}
	for says, call := range map[string]func() error{
		"own: invalid configuration: payload: a method of foreignPayload, or of a value in it: panic: a string": func() error {
			_, err := own.Send(t.Context(), client, broken)
			return err
		},
		"payload: a method of foreignPayload": func() error { return own.Notify(t.Context(), client, broken) },
		`field "custom": a method of map[string]any, or of a value in it: panic: a string`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, custom)
			return err
		},
		`StreamStatusEvent: invalid configuration: payload: field "custom"`: func() error {
			return resthook.StreamStatusEvent.Notify(t.Context(), client, custom)
		},
		"a method of ownKeys, or of a value in it: panic: runtime error: index out of range": func() error {
			_, err := keys.Send(t.Context(), client, &ownKeys{Keys: map[badKey]int{7: 1}})
			return err
		},
		"a method of foreignPayload, or of a value in it: panic: a string": func() error {
			_, err := own.SendJSON(t.Context(), client, []byte(`{}`))
			return err
		},
		"payload: a method of foreignPayload, or": func() error { return own.NotifyJSON(t.Context(), client, []byte(`{}`)) },
		"hook own: payload: a method of foreignPayload": func() error {
			_, err := own.Decode([]byte(`{}`))
			return err
		},
	} {
		var err error
		require.NotPanics(t, func() { err = call() }, says)
		require.ErrorIs(t, err, resthook.ErrConfig, says)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "S3CRET")
	}
	assert.Empty(t, b.Requests())
	require.NotPanics(t, func() { assert.False(t, custom.Equal(resthook.Stream{Custom: map[string]any{"a": 1}})) })
	require.NoError(t, client.Close(t.Context()))
	assert.Contains(t, lines.String(), "foreignPayload.MarshalJSON", "the log has the stack")
	assert.NotContains(t, lines.String(), "S3CRET")
}

// readBy is a payload that E reads.
type readBy[E interface{ read() }] struct{ A int }

func (*readBy[E]) UnmarshalJSON([]byte) error {
	(*new(E)).read()
	return nil
}

type (
	readPanics struct{}
	readExits  struct{}
)

func (readPanics) read() { panic("S3CRET") }

func (readExits) read() { runtime.Goexit() }

// sendsAndTakes sends a payload under OVERWRITE, on a goroutine of its own, and returns the
// observer's outcome. returned is false where reading the answer ended the goroutine.
func sendsAndTakes[P any](t *testing.T) (outcome resthook.Outcome, err error, returned bool) { //nolint:revive // the error is not why it ended
	t.Helper()
	b := hooktest.NewBackend(t)
	own := resthook.MustHook[P]("own", resthook.KindDirect)
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		own: {RestOnError: resthook.OnErrorFail, RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"A"}},
	})
	b.On("own").Overwrite(map[string]any{"A": 2})
	var last resthook.Outcome
	client := newClient(t, b.URL(), resthook.WithObserver(resthook.Observer{End: func(_ context.Context, o resthook.Outcome) { last = o }}))
	session, fault := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, fault)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err = own.Send(t.Context(), session, new(P))
		returned = true
	}()
	<-done
	require.NoError(t, client.Close(t.Context()), "nothing is in flight")
	return last, err, returned
}

func TestAnAnswerThatIsReadWithAPanic(t *testing.T) {
	t.Parallel()
	outcome, err, returned := sendsAndTakes[readBy[readPanics]](t)
	require.True(t, returned)
	require.ErrorIs(t, err, resthook.ErrBody)
	require.ErrorContains(t, err, "a method of readBy[readPanics], or of a value in it: panic: a string")
	require.NotContains(t, err.Error(), "S3CRET")
	assert.Equal(t, err, outcome.Err)
}

// runtime.Goexit ends the goroutine of the caller. The hook ends and is reported.
func TestAnAnswerWhoseReaderExits(t *testing.T) {
	t.Parallel()
	outcome, _, returned := sendsAndTakes[readBy[readExits]](t)
	assert.False(t, returned)
	assert.Equal(t, "own", outcome.Hook)
	assert.Equal(t, resthook.ActionBreak, outcome.Action)
	require.ErrorIs(t, outcome.Err, resthook.ErrBody)
	require.ErrorContains(t, outcome.Err, "has ended the goroutine")
}

type circle struct {
	Next *circle `json:"next"`
}

// hiddenCircle has a cycle in a field that encoding/json leaves out.
type hiddenCircle struct {
	Text string
	Next leftOut `json:",omitzero"`
}

type leftOut struct{ Next *leftOut }

func (leftOut) IsZero() bool { return true }

// None of these can be written: encoding/json returns an error, and no stack overflows.
func TestPayloadsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	client, requests := recordedClient(t)
	round := &circle{}
	round.Next = round
	list := map[string]any{}
	list["list"] = []any{list}
	own := resthook.MustHook[any]("own", resthook.KindDirect)
	for says, payload := range map[string]any{
		"encountered a cycle":        round,
		"encountered a cycle ":       list,
		"unsupported value: NaN":     map[string]any{"a": struct{ F float64 }{math.NaN()}},
		"unsupported value: -Inf":    map[float32Text]any{0: float32(math.Inf(-1))},
		"unsupported type: chan int": map[string]any{"a": make(chan int)},
	} {
		_, err := own.Send(t.Context(), client, &payload)
		require.ErrorIs(t, err, resthook.ErrConfig, says)
		require.ErrorContains(t, err, strings.TrimSpace(says))
	}
	_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Custom: list})
	require.ErrorContains(t, err, "encountered a cycle")
	assert.Empty(t, requests())

	left := hiddenCircle{Text: "\ufffd"}
	left.Next.Next = &left.Next
	_, err = resthook.MustHook[hiddenCircle]("own", resthook.KindDirect).Send(t.Context(), client, &left)
	require.NoError(t, err)
}

// float32Text is a map key that is not a string.
type float32Text float32

func (float32Text) MarshalText() ([]byte, error) { return []byte("key"), nil }

// The check of texts does not look into values with a MarshalJSON, and calls no method of
// nil values.
func TestTextsOfValuesWithMarshalJSON(t *testing.T) {
	t.Parallel()
	client, _ := recordedClient(t)
	type own struct {
		Text  string
		Raw   hexed
		Nil   *badKey
		Named map[float32Text]string
	}
	_, err := resthook.MustHook[own]("own", resthook.KindDirect).Send(t.Context(), client,
		&own{Text: "\ufffd", Raw: hexed{"\xff"}, Named: map[float32Text]string{1: "x"}})
	require.NoError(t, err)
	_, err = resthook.MustHook[own]("own", resthook.KindDirect).Send(t.Context(), client, &own{Named: map[float32Text]string{1: "\xff"}})
	require.ErrorContains(t, err, `field "Named.key": not valid UTF-8`)
}

type hexed struct{ Bytes string }

func (h *hexed) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `"%x"`, h.Bytes), nil }

// A json.RawMessage is sent as it is: with its order of names, duplicates, blanks and
// escapes.
func TestRawPayloadGoesOutAsItIs(t *testing.T) {
	t.Parallel()
	b := hooktest.NewSocket(t)
	client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: b.URL()}))
	hook, err := resthook.NewHook[json.RawMessage]("own", resthook.KindDirect)
	require.NoError(t, err)
	const text = `{"b": 1.0,  "a":"\u003c\/", "b" : [ 2 ,{"z":1,"y":2}]}`
	outcome, err := hook.SendJSON(t.Context(), client, []byte(" "+text+"\n"))
	require.NoError(t, err)
	require.NoError(t, outcome.Err)
	assert.Equal(t, text, string(b.Requests()[0].Body))

	payload := json.RawMessage(`["no object"]`)
	_, err = hook.Send(t.Context(), client, &payload)
	assert.ErrorIs(t, err, resthook.ErrConfig)
}

// An answer that does not fit a media server's payload type is an error that names the
// field. It shows no value: that may be a secret.
func TestOwnTypesQuoteNoValue(t *testing.T) {
	t.Parallel()
	type ownPayload struct {
		When time.Time `json:"when"`
		Size int8      `json:"size"`
	}
	own, err := resthook.NewHook[ownPayload]("own", resthook.KindConnect)
	require.NoError(t, err)
	for _, answer := range []string{`{"when":"S3CRET-TOKEN"}`, `{"size":123456789012}`} {
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, answer)).URL())
		_, err := own.Send(t.Context(), client, &ownPayload{})
		require.ErrorIs(t, err, resthook.ErrBody)
		assert.NotContains(t, err.Error(), "S3CRET")
		assert.NotContains(t, err.Error(), "123456789012")
	}
}

type embedded struct {
	Deep   string `json:"deep"`
	Hidden string `json:"top"`
}

// exactly is a payload type; encoding/json would accept its names in any letter case.
type exactly struct {
	embedded

	Top   string   `json:"top,omitempty"`
	Inner *exactly `json:"inner,omitempty"`
}

// Names compare exactly, for the payload types of a media server too.
func TestNamesCompareExactly(t *testing.T) {
	t.Parallel()
	hook, err := resthook.NewHook[exactly]("own", resthook.KindDirect)
	require.NoError(t, err)
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"TOP":"evil","top":"good","Inner":{"top":"evil"},"DEEP":"evil"}`)).URL())
	for list, want := range map[string]exactly{
		"TOP,Inner,DEEP,inner.TOP": {Top: "a", embedded: embedded{Deep: "b"}},
		"top":                      {Top: "good", embedded: embedded{Deep: "b"}},
	} {
		policy, err := resthook.ParsePolicy([]byte(`{"own":{"restPolicy":"OVERWRITE","restOverwrite":"` + list + `"}}`))
		require.NoError(t, err)
		session, err := client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
		require.NoError(t, err)
		got, err := hook.Send(t.Context(), session, &exactly{Top: "a", embedded: embedded{Deep: "b"}})
		require.NoError(t, err)
		assert.Equal(t, &want, got, list)
	}

	mine, err := resthook.NewHook[struct {
		ID   string `json:"sessionId"`
		Name string `json:"name"`
	}]("mine", resthook.KindConnect)
	require.NoError(t, err)
	client = newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"SESSIONID":"evil","sessionId":"evil","NAME":"evil","name":"good"}`)).URL())
	payload, err := mine.Decode([]byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	got, err := mine.Send(t.Context(), client, payload)
	require.NoError(t, err)
	assert.Equal(t, "s", got.ID)
	assert.Equal(t, "good", got.Name)
}

func TestOwnMapComesBackWithoutTheIDs(t *testing.T) {
	t.Parallel()
	own, err := resthook.NewHook[map[string]any]("own", resthook.KindDirect)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, `{"name":"b"}`)})
		session := b.under(t, "own", `{"restPolicy":"OVERWRITE","restOverwrite":"name"}`)
		got, err := own.Send(t.Context(), session, &map[string]any{"name": "a"})
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"name": "b"}, *got)
	})
}
