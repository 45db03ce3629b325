package resthook

import (
	"io"
	"net/http"
	"time"

	"github.com/wcskit/resthook/internal/answer"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// Unexported functions, for the tests outside the package.

// MaskURL is redact.URL.
func MaskURL(raw string) string { return redact.URL(raw) }

// RetryAfter is retryAfter.
func RetryAfter(header string, now time.Time) time.Duration { return retryAfter(header, now) }

// ReadAnswer reads and judges an answer as an attempt does.
func ReadAnswer(resp *http.Response, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return body, err
	case int64(len(body)) > limit:
		return body[:limit], h1.ErrTooLarge
	}
	return answer.Object(resp.Header, body, limit)
}
