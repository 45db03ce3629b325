package program_test

import (
	"net"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/program"
)

func TestURLAndEnd(t *testing.T) {
	t.Parallel()
	shell := program.Find(t, "no such program", "sh")
	var p *program.Program
	t.Run("runs", func(t *testing.T) {
		const listens = "echo waiting; echo at http://127.0.0.1:8081/; exec sleep 600"
		p = program.Start(t, exec.CommandContext(t.Context(), shell, "-c", listens))
		assert.Equal(t, "http://127.0.0.1:8081", p.URL(t))
		select {
		case <-p.Ended():
			t.Error("it has ended")
		default:
		}
	})
	<-p.Ended() // with its test
}

// Another program may take a port before it is used, but not one after the other.
func TestFreePort(t *testing.T) {
	t.Parallel()
	var err error
	for range 20 {
		var listener net.Listener
		listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+program.FreePort(t))
		if err == nil {
			require.NoError(t, listener.Close())
			return
		}
	}
	require.NoError(t, err)
}
