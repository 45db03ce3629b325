package resthook_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// An idle session has no goroutine and takes less than 1 KiB, with what it
// keeps of the client's data and with its policy.
//
//nolint:paralleltest // it measures the memory of the whole process
func TestIdleSessionsCostLittle(t *testing.T) {
	const sessions = 100_000
	client := newClient(t, hooktest.RefusedURL(t))
	policy := []byte(`{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name","restOnError":"FAIL"},
		"playStream":{"restOnError":"FAIL"},"StreamStatusEvent":{"restExclude":"sdp"}}`)
	all := make([]*resthook.Session, sessions)
	goroutines, before := runtime.NumGoroutine(), heapInUse()
	for i := range all {
		parsed, err := resthook.ParsePolicy(policy) // as each answer to connect has its own
		require.NoError(t, err)
		all[i], err = client.Resume(&resthook.Connection{
			NodeID: "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@10.20.30.1", AppKey: "defaultApp",
			SessionID:      fmt.Sprintf("/10.20.30.40:%d/10.20.30.1:8443-0b6ae1f0-6c1f-4f0e-9d2e-1d5b7f3a9c11", i),
			MediaProviders: []string{"WebRTC", "MSE", "WSPlayer"}, ClientVersion: "2.0.201", Origin: "https://page.example:8888",
			ClientOSVersion: "5.0 (X11; Linux x86_64)", Login: fmt.Sprint("user", i),
			Custom: map[string]any{"token": fmt.Sprint("token-of-", i)}, RestClientConfig: parsed,
		})
		require.NoError(t, err)
	}
	perSession := (heapInUse() - before) / sessions
	t.Logf("%d idle sessions: %d bytes each, %d goroutines more", sessions, perSession, runtime.NumGoroutine()-goroutines)
	assert.LessOrEqual(t, perSession, int64(1024))
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	runtime.KeepAlive(all)
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
