package resthook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

var kinds = map[resthook.ErrorKind]error{
	"unreachable": resthook.ErrUnreachable, "no_answer": resthook.ErrNoAnswer, "timeout": resthook.ErrTimeout,
	"tls": resthook.ErrTLS, "status": resthook.ErrStatus, "body": resthook.ErrBody, "canceled": resthook.ErrCanceled,
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

func TestSecretsStayIn(t *testing.T) {
	t.Parallel()
	secret := resthook.NewSecret("s3cret")
	app := resthook.App{Key: "a", URL: "https://u:s3cret@h/rest?token=s3cret#s3cret", Username: "u", Password: secret}
	log := new(logged)
	log.logger().Info("x", "secret", secret, "app", app, "apps", []resthook.App{app})
	slog.New(slog.NewJSONHandler(log, nil)).Info("x", "secret", secret, "app", app)
	text, err := json.Marshal(map[string]any{"secret": secret})
	require.NoError(t, err)
	printed := fmt.Sprintf("%v %+v %#v %s %q %v %+v %#v %s %v %+v", secret, secret, secret, secret, secret, app, app, app, app, []resthook.App{app}, &app)
	for _, shown := range []string{printed, string(text), log.String()} {
		assert.NotContains(t, shown, "s3cret")
		assert.Contains(t, shown, "***")
	}
	assert.Equal(t, `"" `, fmt.Sprintf("%#v %s", resthook.NewSecret(""), resthook.NewSecret("")), "no secret is no secret")
	assert.Contains(t, printed, "https://h/rest")
}
