package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// A call of heard that blocks does not delay other hooks.
func TestHeardWithoutTheLock(t *testing.T) {
	t.Parallel()
	var a *application
	var hooks []string
	a, err := startApplication(func(hook, _ string) {
		hooks = append(hooks, hook)
		if assert.True(t, a.mu.TryLock(), hook) {
			a.mu.Unlock()
		}
	})
	require.NoError(t, err)
	defer a.stop()
	stream := func() *resthook.Stream { return &resthook.Stream{Name: "live/cam"} }
	_, err = a.play(t.Context(), stream())
	require.Error(t, err)
	_, err = a.publish(t.Context(), stream())
	require.NoError(t, err)
	_, err = a.play(t.Context(), stream())
	require.NoError(t, err)
	a.close()
	_, err = a.keepAlive(t.Context(), stream())
	require.Error(t, err)
	assert.Equal(t, []string{"playStream", "publishStream", "playStream", "StreamKeepAliveEvent"}, hooks)
}

// Lines that are written at the same time are not mixed.
func TestSharedWriter(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &shared{out: &out}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 100 {
				fmt.Fprintf(w, "%d%d\n", i, i)
			}
		})
	}
	group.Wait()
	for i := range 8 {
		assert.Equal(t, 100, strings.Count(out.String(), fmt.Sprintf("%d%d\n", i, i)))
	}
}
