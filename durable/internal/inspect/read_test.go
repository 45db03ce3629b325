package inspect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/wire"
)

const (
	mine   = "rh.ev.n.b.a.mine"
	others = "rh.ev.n.b.a.others"
)

// sequences reads a stream.
func sequences(ctx context.Context, t testing.TB, js jetstream.JetStream, most int) (read []uint64) {
	t.Helper()
	stream, err := js.Stream(ctx, wire.Events)
	require.NoError(t, err)
	r, err := newReader(ctx, stream, mine)
	require.NoError(t, err)
	require.NoError(t, r.each(ctx, func(m *jetstream.RawStreamMsg) bool {
		assert.Equal(t, mine, m.Subject)
		read = append(read, m.Sequence)
		return len(read) != most
	}))
	return read
}

// Every message that matches is read once, in order, however they lie.
func TestReadsEachMessageOnceInOrder(t *testing.T) {
	t.Parallel()
	for name, matches := range map[string]func(i int) bool{
		"none":             func(int) bool { return false },
		"all":              func(int) bool { return true },
		"the first":        func(i int) bool { return i == 0 },
		"the last":         func(i int) bool { return i == 5999 },
		"every 7th":        func(i int) bool { return i%7 == 0 },
		"every 100th":      func(i int) bool { return i%100 == 0 },
		"random":           func(int) bool { return rand.IntN(3) == 0 },
		"few, then many":   func(i int) bool { return i < 4000 && i%500 == 0 || i > 4000 },
		"many, none, many": func(i int) bool { return i < 1000 || i > 5000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, js := natsServer(t)
			var want []uint64
			put(t, js, 6000, func(i int) *nats.Msg {
				if !matches(i) {
					return &nats.Msg{Subject: others}
				}
				want = append(want, uint64(i)+1)
				return &nats.Msg{Subject: mine}
			})
			assert.Equal(t, want, sequences(t.Context(), t, js, -1))
			if len(want) > 100 {
				assert.Equal(t, want[:100], sequences(t.Context(), t, js, 100))
			}
		})
	}
}

// Where others remove messages meanwhile, those that stay are read once, in order.
func TestReadsWhileOthersDeliver(t *testing.T) {
	t.Parallel()
	_, js := natsServer(t)
	put(t, js, 4000, func(int) *nats.Msg { return &nats.Msg{Subject: mine} })
	stream, err := js.Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for i := uint64(2); i <= 4000; i += 2 {
			assert.NoError(t, stream.DeleteMsg(t.Context(), i))
		}
	}()
	read := sequences(t.Context(), t, js, -1)
	<-over
	last := uint64(0)
	odd := 0
	for _, sequence := range read {
		assert.Greater(t, sequence, last)
		last = sequence
		odd += int(sequence % 2)
	}
	assert.Equal(t, 2000, odd)
}

// What comes while it is read is not waited for.
func TestReadsWhatIsThere(t *testing.T) {
	t.Parallel()
	_, js := natsServer(t)
	put(t, js, 3, func(int) *nats.Msg { return &nats.Msg{Subject: mine} })
	stream, err := js.Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	r, err := newReader(t.Context(), stream, mine)
	require.NoError(t, err)
	read := 0
	require.NoError(t, r.each(t.Context(), func(*jetstream.RawStreamMsg) bool {
		read++
		put(t, js, 1, func(int) *nats.Msg { return &nats.Msg{Subject: mine} })
		return read < 100
	}))
	assert.Equal(t, 3, read)
}

func TestReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, js := natsServer(t)
	put(t, js, 2000, func(i int) *nats.Msg { return &nats.Msg{Subject: mine, Data: fmt.Append(nil, i)} })
	stream, err := js.Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := newReader(ctx, stream, mine)
	require.NoError(t, err)
	err = r.each(ctx, func(*jetstream.RawStreamMsg) bool { cancel(); return true })
	assert.ErrorIs(t, err, context.Canceled)
}
