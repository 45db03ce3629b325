package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

const (
	roleEnv = "EMBEDDED_TEST_ROLE" // what a re-executed test binary does
	dirEnv  = "EMBEDDED_TEST_DIR"
)

// play is the other process: it holds a store, and with the role "put" stores messages, and
// says each that was acknowledged, until it is killed.
func play(role string) int {
	if err := hold(role == "put"); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func hold(putting bool) error {
	ctx := context.Background()
	s, err := embedded.Start(ctx, options(os.Getenv(dirEnv)))
	if err != nil {
		return err
	}
	fmt.Println("started")
	if !putting {
		select {}
	}
	nc, err := s.Connect()
	if err != nil {
		return err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	if _, err := js.CreateOrUpdateStream(ctx, stream()); err != nil {
		return err
	}
	for i := 1; ; i++ {
		if _, err := js.Publish(ctx, "t.a", body(i)); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// process is another process that holds the store of dir.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func spawn(t *testing.T, role, dir string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), roleEnv+"="+role, dirEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{cmd: cmd, lines: bufio.NewScanner(out)}
	require.True(t, p.lines.Scan(), "the process said nothing")
	require.Equal(t, "started", p.lines.Text())
	return p
}

// kill ends it without giving it time for anything, and returns the last line that it said.
func (p *process) kill(t *testing.T) string {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	last := p.lines.Text()
	for p.lines.Scan() {
		last = p.lines.Text()
	}
	_ = p.cmd.Wait() // says that it was killed
	return last
}
