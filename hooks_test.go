package resthook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

type ownPayload struct{ Room string }

type (
	embeddedStream struct {
		resthook.Stream

		Room string
	}
	namedStream struct {
		Stream resthook.Stream
		Room   string
	}
	writtenStream struct {
		resthook.Stream

		Room string
	}
)

func (s writtenStream) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"room": s.Room})
}

type (
	deepChannel struct {
		Rooms []struct {
			Members map[string]*struct {
				Done chan struct{} `json:"done"`
			} `json:"members"`
		} `json:"rooms"`
	}
	endsEmbedded struct {
		resthook.Stream

		Room string
	}
)

func (endsEmbedded) MarshalJSON() ([]byte, error) { runtime.Goexit(); return nil, nil }

type selfWritten string

func (s selfWritten) MarshalJSON() ([]byte, error) {
	return []byte(`{"text":"` + string(s) + `"}`), nil
}

// newHook makes a hook of a payload type, for a table.
func newHook[P any](name string, kind resthook.Kind, opts ...resthook.HookOption) error {
	_, err := resthook.NewHook[P](name, kind, opts...)
	return err
}

func TestNewHook(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"struct":             newHook[ownPayload]("roomEvent", resthook.KindEvent),
		"map":                newHook[map[string]any]("roomEvent", resthook.KindEvent),
		"anything":           newHook[any]("roomEvent", resthook.KindEvent),
		"raw JSON":           newHook[json.RawMessage]("roomEvent", resthook.KindEvent),
		"writes itself":      newHook[selfWritten]("roomEvent", resthook.KindEvent),
		"a payload of ours":  newHook[resthook.Stream]("roomEvent", resthook.KindEvent),
		"a named field":      newHook[namedStream]("roomEvent", resthook.KindEvent),
		"embeds and writes":  newHook[writtenStream]("roomEvent", resthook.KindEvent),
		"of the catalogue":   newHook[ownPayload]("publishStream", resthook.KindDirect),
		"ends its goroutine": newHook[endsEmbedded]("roomEvent", resthook.KindEvent),
		"with a priority":    newHook[ownPayload]("roomEvent", resthook.KindEvent, resthook.WithPriority(resthook.PriorityClosing)),
	} {
		assert.NoError(t, err, name)
	}
}

func TestNewHookErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		says string
	}{
		"string":              {newHook[string]("roomEvent", resthook.KindEvent), "hook roomEvent: a payload of type string is no JSON object"},
		"channel":             {newHook[struct{ C chan int }]("roomEvent", resthook.KindEvent), "can't be written as JSON"},
		"deep channel":        {newHook[deepChannel]("roomEvent", resthook.KindEvent), "can't be written as JSON: rooms[].members[].done is a chan struct {}"},
		"kind of another":     {newHook[ownPayload]("publishStream", resthook.KindEvent), "method publishStream is of the kind direct, not event"},
		"embeds a payload":    {newHook[embeddedStream]("roomEvent", resthook.KindEvent), "would be written as the Stream that it embeds"},
		"no kind":             {newHook[ownPayload]("roomEvent", 9), "kind 9 is no kind"},
		"no name":             {newHook[ownPayload]("", resthook.KindEvent), "a hook without a name"},
		"long name":           {newHook[ownPayload](strings.Repeat("a", 129), resthook.KindEvent), "longer than 128 bytes"},
		"slash":               {newHook[ownPayload]("a/b", resthook.KindEvent), `'/' can't stand in it`},
		"no such priority":    {newHook[ownPayload]("roomEvent", resthook.KindEvent, resthook.WithPriority(7)), "hook roomEvent: priority 7"},
		"a nil option":        {newHook[ownPayload]("roomEvent", resthook.KindEvent, nil), "hook roomEvent: a nil option"},
		"the first of faults": {newHook[string]("", 9, nil), "a hook without a name"},
	} {
		require.ErrorIs(t, tt.err, resthook.ErrConfig, name)
		assert.ErrorContains(t, tt.err, tt.says, name)
		assert.NotContains(t, tt.err.Error(), "\n", name)
	}
}

type (
	ownZeroless struct{ At *int }
)

func (z ownZeroless) MarshalJSON() ([]byte, error) { return json.Marshal(*z.At) }

// A type need not write its zero value.
func TestNewHookOfATypeWithoutAZero(t *testing.T) {
	t.Parallel()
	require.NoError(t, newHook[struct{ Z ownZeroless }]("zeroless", resthook.KindEvent))
}

func TestMustHook(t *testing.T) {
	t.Parallel()
	hook := resthook.MustHook[ownPayload]("roomEvent", resthook.KindEvent, resthook.WithPriority(resthook.PriorityClosing))
	assert.Equal(t, "roomEvent", hook.Name())
	assert.Panics(t, func() { resthook.MustHook[string]("roomEvent", resthook.KindEvent) })
}

type pair[A, B any] struct {
	A A
	B B
}

func TestPayloadTypeIsAShortName(t *testing.T) {
	t.Parallel()
	type local struct{ X int }
	for want, method := range map[string]resthook.Method{
		"Stream":                     resthook.PublishStream,
		"ownPayload":                 resthook.MustHook[ownPayload]("x", resthook.KindEvent),
		"RawMessage":                 resthook.MustHook[json.RawMessage]("x", resthook.KindEvent),
		"any":                        resthook.MustHook[any]("x", resthook.KindEvent),
		"map[string]any":             resthook.MustHook[map[string]any]("x", resthook.KindEvent),
		"map[string]Stream":          resthook.MustHook[map[string]resthook.Stream]("x", resthook.KindEvent),
		"map[Addr][]*ownPayload":     resthook.MustHook[map[netip.Addr][]*ownPayload]("x", resthook.KindEvent),
		"pair[Stream,any]":           resthook.MustHook[pair[resthook.Stream, any]]("x", resthook.KindEvent),
		"pair[map[string]*Rule,int]": resthook.MustHook[pair[map[string]*resthook.Rule, int]]("x", resthook.KindEvent),
		"pair[local,pair[int,Addr]]": resthook.MustHook[pair[local, pair[int, netip.Addr]]]("x", resthook.KindEvent),
		`struct { Room Addr "json:\"a.room\"" }`: resthook.MustHook[struct {
			Room netip.Addr `json:"a.room"`
		}]("x", resthook.KindEvent),
	} {
		assert.Equal(t, want, method.PayloadType())
	}
}

func TestNewHookRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a b", "a/b", "../x", ".", "..", "a?b", "a#b", "a%2fb", "поток", "a\n"} {
		_, err := resthook.NewHook[resthook.Stream](name, resthook.KindDirect)
		require.ErrorIs(t, err, resthook.ErrConfig, "%q", name)
	}
	for _, kind := range []resthook.Kind{0, 5, 255} {
		_, err := resthook.NewHook[resthook.Stream]("ok", kind)
		require.ErrorIs(t, err, resthook.ErrConfig)
	}
}

func TestOwnHook(t *testing.T) {
	t.Parallel()
	type poll struct {
		SessionID string `json:"sessionId"`
		Question  string `json:"question"`
		Votes     int    `json:"votes"`
	}
	hook, err := resthook.NewHook[poll]("poll", resthook.KindDirect)
	require.NoError(t, err)
	assert.Equal(t, "poll", hook.PayloadType())
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"question":"changed?","votes":7,"sessionId":"evil"}`))
	client := newClient(t, socket.URL())
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		hook: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"votes", "sessionId"}},
	})
	require.NoError(t, err)
	session, err := client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	got, err := hook.Send(t.Context(), session, &poll{SessionID: "s", Question: "why <&>?"})
	require.NoError(t, err)
	assert.Equal(t, &poll{SessionID: "s", Question: "why <&>?", Votes: 7}, got)
	assert.JSONEq(t, `{"sessionId":"s","question":"why <&>?","votes":0}`, string(socket.Requests()[0].Body))
	assert.Equal(t, "/poll", socket.Requests()[0].Path)
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	names := map[string]bool{}
	for _, m := range resthook.Methods() {
		assert.False(t, names[m.Name()], "%s is there twice", m.Name())
		names[m.Name()] = true
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Name(), m.Kind(), m.PayloadType(), m.Effect())
		found, ok := resthook.FindMethod(m.Name())
		require.True(t, ok)
		assert.Equal(t, m, found)
	}
	require.NoError(t, w.Flush())
	golden(t, "testdata/catalogue.txt", text.Bytes())
	_, ok := resthook.FindMethod("PublishStream")
	assert.False(t, ok, "names compare exactly")
}

func TestKindText(t *testing.T) {
	t.Parallel()
	for kind := resthook.KindConnect; kind <= resthook.KindIncoming; kind++ {
		text, err := json.Marshal(kind)
		require.NoError(t, err)
		var back resthook.Kind
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, kind, back)
	}
	var kind resthook.Kind
	require.ErrorIs(t, kind.UnmarshalText([]byte("Direct")), resthook.ErrConfig)
}
