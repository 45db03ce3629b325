// Package recorded has exchanges for tests that read and write recordings.
package recorded

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// Full is an exchange with every field set.
func Full() recording.Exchange {
	return recording.Exchange{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), Method: "publishStream",
		ID: "a.1", Sequence: 7, Sent: "1767323045",
		Request: []byte(`{"sessionId":"s","n":12345678901234567890,"t":"<&>"}`),
		Status:  200, Answer: []byte(`{"name":"other"}`), Duration: 1234 * time.Microsecond,
	}
}

// At is a mirrored hook that came in a while after Full.
func At(after time.Duration, method, request string) recording.Exchange {
	return Answered(after, method, request, 200, request)
}

// Answered is a hook that came in a while after Full, with its answer.
func Answered(after time.Duration, method, request string, status int, answer string) recording.Exchange {
	return recording.Exchange{
		Time: Full().Time.Add(after), Method: method, Request: []byte(request), Status: status, Answer: []byte(answer),
	}
}

// Text is a recording of the exchanges.
func Text(t testing.TB, exchanges ...recording.Exchange) string {
	t.Helper()
	var b strings.Builder
	for _, x := range exchanges {
		require.NoError(t, recording.Write(&b, x))
	}
	return b.String()
}

// Read returns the exchanges of a recording.
func Read(t testing.TB, text string) []recording.Exchange {
	t.Helper()
	var exchanges []recording.Exchange
	reader := recording.NewReader(strings.NewReader(text))
	for {
		x, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return exchanges
		}
		require.NoError(t, err)
		exchanges = append(exchanges, x)
	}
}
