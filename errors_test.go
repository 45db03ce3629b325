package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

var kinds = map[resthook.ErrorKind]error{
	"unreachable": resthook.ErrUnreachable, "no_answer": resthook.ErrNoAnswer, "timeout": resthook.ErrTimeout,
	"tls": resthook.ErrTLS, "address": resthook.ErrAddress, "status": resthook.ErrStatus, "body": resthook.ErrBody, "canceled": resthook.ErrCanceled,
	"policy": resthook.ErrPolicy, "config": resthook.ErrConfig, "closed": resthook.ErrClosed,
}

func TestEachKindHasItsSentinel(t *testing.T) {
	t.Parallel()
	for kind, sentinel := range kinds {
		err := fmt.Errorf("publish: %w", &resthook.Error{Hook: "x", Kind: kind, Err: io.EOF})
		for other, another := range kinds {
			assert.Equal(t, kind == other, errors.Is(err, another), "%s is %v", kind, another)
		}
		require.ErrorIs(t, err, sentinel)
		require.ErrorIs(t, err, io.EOF)
		found, ok := errors.AsType[*resthook.Error](err)
		require.True(t, ok)
		assert.Equal(t, kind, found.Kind)
	}
	assert.NoError(t, errors.Unwrap(&resthook.Error{}))
	assert.NotErrorIs(t, &resthook.Error{Kind: "?"}, io.EOF)
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]*resthook.Error{
		"hook connect: post http://h/connect: 4 attempts: backend unreachable: refused": {Hook: "connect", URL: "http://h/connect", Kind: "unreachable", Attempts: 4, Err: errors.New("refused")},
		"hook connect: 1 attempt: status is not 200: 403 Forbidden":                     {Hook: "connect", Kind: "status", Attempts: 1, Status: 403, Err: errors.New("403 Forbidden")},
		"hook x: client closed":     {Hook: "x", Kind: "closed", Err: fmt.Errorf("client %w", resthook.ErrClosed)},
		"hook x: no answer in time": {Hook: "x", Kind: "timeout"},
	} {
		assert.EqualError(t, err, want)
		assert.Equal(t, want, fmt.Sprintf("%#v", err))
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{
		200: false, 204: false, 302: false, 400: true, 401: true, 403: true, 404: true, 410: true, 451: true, 499: true,
		408: false, 425: false, 429: false, 500: false, 503: false, 600: false, 0: false,
	} {
		assert.Equal(t, want, resthook.Denied(fmt.Errorf("x: %w", &resthook.Error{Kind: "status", Status: status})), "%d", status)
	}
	assert.False(t, resthook.Denied(nil))
	assert.False(t, resthook.Denied(io.EOF))
	assert.False(t, resthook.Denied(&resthook.Error{Kind: "body", Status: 403}), "a status that came with another fault")
}

func TestSafeToRepeat(t *testing.T) {
	t.Parallel()
	for kind := range kinds {
		assert.False(t, resthook.SafeToRepeat(&resthook.Error{Kind: kind, Attempts: 1}), "%s, of which nothing else is known", kind)
		assert.True(t, resthook.SafeToRepeat(&resthook.Error{Kind: kind}), "%s, never begun", kind)
	}
	assert.False(t, resthook.SafeToRepeat(io.EOF))
	assert.False(t, resthook.SafeToRepeat(context.Canceled))
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

func TestErrorHasTheLocation(t *testing.T) {
	t.Parallel()
	b := hooktest.NewSocket(t, hooktest.Redirect(302, "/login?token=s3cret"), hooktest.Answer(404, "no"))
	client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: b.URL()}))
	for _, want := range []string{"/login?token=s3cret", ""} {
		_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		var failed *resthook.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, want, failed.Location)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestErrorKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		long := strings.Repeat("s3cret ", 1000)
		for name, answer := range map[string]hooktest.Behaviour{
			"status": hooktest.Answer(403, long),
			"body":   hooktest.Answer(200, long),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client := newClientVia(t, via, hooktest.NewSocket(t, answer).URL())
				_, err := client.Connect(t.Context(), &resthook.Connection{})
				failed, ok := errors.AsType[*resthook.Error](err)
				require.True(t, ok)
				assert.Equal(t, long[:4096], string(failed.Answer))
				assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", failed, failed, failed, err), "s3cret")
			})
		}
	})
}

// A hook is not safe to repeat if the backend received one attempt, whatever the result of
// the others.
func TestSafeToRepeatLooksAtAllAttempts(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for received, safe := range map[bool]bool{true: false, false: true} {
			synctest.Test(t, func(t *testing.T) {
				network, dials := hooktest.NewNetwork(), 0
				socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.AfterRequest(hooktest.RST))
				client := makeClient(t, retrying(3), append(via.options(t, situation.Settings{Dial: func(ctx context.Context, n, address string) (net.Conn, error) {
					if dials++; dials > 1 || !received {
						return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
					}
					return network.DialContext(ctx, n, address)
				}}), resthook.WithApp(resthook.App{URL: socket.URL()}))...)
				_, err := client.Connect(t.Context(), &resthook.Connection{})
				require.ErrorIs(t, err, resthook.ErrUnreachable)
				assert.Equal(t, safe, resthook.SafeToRepeat(err))
				assert.Equal(t, 4, dials)
			})
		}
	})
}

func TestNilContext(t *testing.T) {
	t.Parallel()
	client := newClient(t, hooktest.RefusedURL(t))
	var none context.Context
	_, err := client.Connect(none, &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.True(t, resthook.SafeToRepeat(err))
}
