package resthook_test

import (
	"log/slog"
	"testing"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // refusals are what the tests are about
	leak.Exit(m)
}
