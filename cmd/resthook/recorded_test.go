package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// heard is an exchange that has everything.
func heard() recording.Exchange {
	return recording.Exchange{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), Method: "publishStream",
		ID: "a.1", Sequence: 7, Sent: "1767323045",
		Request: []byte(`{"sessionId":"s","n":12345678901234567890,"t":"<&>"}`),
		Status:  200, Answer: []byte(`{"name":"other"}`), Duration: 1234 * time.Microsecond,
	}
}

func recorded(t testing.TB, exchanges ...recording.Exchange) string {
	t.Helper()
	var b strings.Builder
	for _, x := range exchanges {
		require.NoError(t, recording.Write(&b, x))
	}
	return b.String()
}
