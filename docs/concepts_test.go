package docs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The page and the godoc have the usual names of the concepts.
func TestConceptsHaveTheirUsualNames(t *testing.T) {
	t.Parallel()
	page := strings.ToLower(blanksPattern.ReplaceAllString(prose(t, "concepts.md"), " "))
	godoc := strings.ToLower(strings.Join(allComments(t)["../doc.go"], " "))
	for _, name := range []string{
		"retry policy", "exponential backoff", "jitter", "at-least-once", "idempotency key", "backpressure",
		"load shedding", "circuit breaker", "slow start", "fails closed", "fails open", "connection pool",
	} {
		assert.Contains(t, godoc, name)
	}
	for _, name := range []string{
		"decision", "event", "policy", "session", "at-least-once delivery", "idempotency key", "retry policy",
		"exponential backoff", "jitter", "backpressure", "load shedding", "circuit breaker", "slow start",
		"fail closed", "fail open", "connection pool", "keep-alive", "timeout", "deadline", "echoapp", "kept connection", "shed",
	} {
		assert.Contains(t, page, name)
	}
}
