package embedded_test

import (
	"os"
	"testing"

	"github.com/wcskit/resthook/internal/leak"
)

// TestMain runs the tests, or, re-executed by one of them, what it wants of another process.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role))
	}
	leak.Exit(m)
}
