package pace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
)

func TestUntil(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		assert.True(t, pace.Until(ctx, begun.Add(-time.Hour)))
		assert.Zero(t, time.Since(begun))
		assert.True(t, pace.Until(ctx, begun.Add(3*time.Second)))
		assert.Equal(t, 3*time.Second, time.Since(begun))
		assert.False(t, pace.Until(ctx, begun.Add(time.Hour)))
		assert.Equal(t, 5*time.Second, time.Since(begun))
		assert.False(t, pace.Until(ctx, begun), "what is due does not begin after the end")
	})
}

func TestEnter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		places := make(chan struct{}, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		assert.True(t, pace.Enter(ctx, places))
		time.AfterFunc(time.Second, func() { <-places })
		assert.True(t, pace.Enter(ctx, places))
		assert.False(t, pace.Enter(ctx, places))
		<-places
		assert.False(t, pace.Enter(ctx, places), "a place that is free is of no use after the end")
	})
}

func TestOutlasts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		over, signal, rest time.Duration // 0: never
		after              time.Duration
		want               bool
	}{
		{over: time.Second, rest: pace.Forever, after: time.Second},
		{over: time.Hour, rest: time.Minute, after: time.Minute, want: true},
		{over: time.Hour, signal: time.Minute, rest: pace.Forever, after: time.Minute + pace.Grace, want: true},
		{over: time.Minute + pace.Grace/2, signal: time.Minute, rest: pace.Forever, after: time.Minute + pace.Grace/2},
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.signal > 0 {
				time.AfterFunc(tt.signal, cancel)
			}
			over := make(chan struct{})
			time.AfterFunc(tt.over, func() { close(over) })
			assert.Equal(t, tt.want, pace.Outlasts(ctx, over, tt.rest))
			assert.Equal(t, tt.after, time.Since(begun))
		})
	}
}
