package measure_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/measure"
)

func TestLaunchStartsOnItsCore(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), "sh", "-c", "grep Cpus_allowed_list /proc/self/status")
	command.Stdout = &out
	require.NoError(t, measure.Cores{Client: 0, Backend: 0}.Launch(command))
	require.NoError(t, command.Wait())
	assert.Equal(t, "0", strings.TrimSpace(strings.TrimPrefix(out.String(), "Cpus_allowed_list:")))
}
