package requests_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/requests"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

func connect(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	conn, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(0))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// result is what a request ended with; a second end is a fault.
func send(t *testing.T, r *requests.Requests, subject, data string) chan error {
	t.Helper()
	over := make(chan error, 1)
	r.Send(&nats.Msg{Subject: subject, Data: []byte(data)}, func(m *nats.Msg, err error) {
		if err == nil && string(m.Data) != data {
			err = fmt.Errorf("the reply %q to %q", m.Data, data)
		}
		over <- err
		close(over)
	})
	return over
}

func TestEachRequestHasItsReply(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	_, err := conn.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	require.NoError(t, err)
	r, err := requests.New(conn, 10*time.Second)
	require.NoError(t, err)
	defer r.Close()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for j := range 100 {
				assert.NoError(t, <-send(t, r, "echo", fmt.Sprint(i, ".", j)))
			}
		})
	}
	all.Wait()
}

func TestRequestsWithoutAReply(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	_, err := conn.Subscribe("mute", func(*nats.Msg) {})
	require.NoError(t, err)
	r, err := requests.New(conn, 200*time.Millisecond)
	require.NoError(t, err)
	begun := time.Now()
	require.ErrorIs(t, <-send(t, r, "nobody", "x"), nats.ErrNoResponders)
	require.ErrorIs(t, <-send(t, r, "mute", "x"), requests.ErrNoReply)
	assert.GreaterOrEqual(t, time.Since(begun), 200*time.Millisecond)

	lost := send(t, r, "mute", "x")
	r.Lost()
	require.ErrorIs(t, <-lost, requests.ErrNoReply)
	left := send(t, r, "mute", "x")
	r.Close()
	require.ErrorIs(t, <-left, nats.ErrConnectionClosed)
	require.ErrorIs(t, <-send(t, r, "mute", "x"), nats.ErrConnectionClosed)
	r.Close()
}

func TestRequestThatCannotBeSent(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	r, err := requests.New(conn, time.Second)
	require.NoError(t, err)
	defer r.Close()
	err = <-send(t, r, "echo", string(make([]byte, 2<<20)))
	require.ErrorIs(t, err, nats.ErrMaxPayload)
	assert.True(t, requests.TooLarge(err))
	conn.Close()
	require.Error(t, <-send(t, r, "echo", "x"))
}

func TestReadReplies(t *testing.T) {
	t.Parallel()
	for text, is := range map[string]func(error) bool{
		`{"stream":"S","seq":7}`: func(err error) bool { return err == nil },
		`{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 7"}}`: requests.WrongSequence,
		`{"error":{"code":404,"err_code":10037,"description":"no message found"}}`:       requests.NotFound,
		`{"error":{"code":500,"err_code":10057,"description":"no message found"}}`:       requests.NotFound,
		`{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}`: requests.Full,
		`{"error":{"code":400,"err_code":10054,"description":"message size exceeds"}}`:   requests.TooLarge,
		`{"error":{"code":500,"err_code":10057,"description":"the store is closed"}}`:    func(err error) bool { return err != nil && !requests.NotFound(err) },
		`no json`: func(err error) bool { return err != nil },
	} {
		r, err := requests.Read(&nats.Msg{Data: []byte(text)}, nil)
		assert.True(t, is(err), "%s: %v", text, err)
		if err == nil {
			assert.Equal(t, uint64(7), r.Sequence)
		}
	}
	cause := errors.New("away")
	_, err := requests.Read(nil, cause)
	require.ErrorIs(t, err, cause)
}
