package backend_test

import (
	"log/slog"
	"testing"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the tests cause many denials
	leak.Exit(m)
}
