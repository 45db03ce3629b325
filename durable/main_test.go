package durable_test

import (
	"testing"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	if powerCutProcess() {
		return
	}
	leak.Exit(m)
}
