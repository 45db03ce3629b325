package oteldurable_test

import (
	"testing"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }
