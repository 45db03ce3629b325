package durable_test

import (
	"testing"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Each case has a server of its own: nodes of one cluster take what another has left.
func TestQueueOfACluster(t *testing.T) {
	t.Parallel()
	hooktest.TestQueue(t, func() resthook.Queue {
		return node(t, natsServer(t).ClientURL(), "node").Queue()
	})
}

func TestQueueInADirectory(t *testing.T) {
	t.Parallel()
	hooktest.TestQueue(t, func() resthook.Queue { return openIn(t, t.TempDir()).Queue() })
}
