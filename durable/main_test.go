package durable_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if powerCutProcess() {
		return
	}
	goleak.VerifyTestMain(m)
}
