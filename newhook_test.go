package resthook_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
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

func TestNewHookTakesWhatItCanSend(t *testing.T) {
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

func TestNewHookRefusesWhatItCannotSend(t *testing.T) {
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

// What a zero Config gives has to lead its reader on (a Config is a value, and a
// literal of it is the first thing that is tried).
func TestNewClientReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	_, err := resthook.NewClient(resthook.Config{RequestTimeout: 5 * time.Second},
		resthook.WithApp(resthook.App{Key: "one", URL: "127.0.0.1:8081/x"}),
		resthook.WithApp(resthook.App{Key: "two", URL: "http://h:80:81/"}),
		resthook.WithAnswerLimit(-1))
	require.ErrorIs(t, err, resthook.ErrConfig)
	for _, want := range []string{
		"starts from DefaultConfig", `app "one"`, "does not begin with http:// or https://", `app "two"`, "does not parse", "answer limit",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestTimeoutsAnswerToTheirUsualNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[resthook.ErrorKind]bool{"timeout": true, "status": false, "no_answer": false, "unreachable": false, "canceled": false} {
		var err error = &resthook.Error{Hook: "connect", Kind: kind}
		found, ok := errors.AsType[net.Error](err)
		require.True(t, ok)
		assert.Equal(t, want, found.Timeout(), kind)
		assert.Equal(t, want, isDeadline(err), kind)
	}
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
