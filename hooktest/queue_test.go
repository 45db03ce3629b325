package hooktest_test

import (
	"testing"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestMemoryQueueKeepsTheRules(t *testing.T) {
	t.Parallel()
	hooktest.TestQueue(t, func() resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) })
}
