package input_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
)

func ExampleObject() {
	text, _ := input.Object("-", strings.NewReader(`{"name":"a"}`))
	fmt.Println(string(text))
	_, err := input.Object("{\n\"password\": s3cret}", nil)
	fmt.Println(err)
	// Output:
	// {"name":"a"}
	// line 2, column 13: expected a value, found 's'
}

func TestFileHasABound(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "huge")
	for size, wrong := range map[int]bool{input.Max: false, input.Max + 1: true} {
		require.NoError(t, os.WriteFile(name, make([]byte, size), 0o600))
		text, err := input.File(name)
		if wrong {
			assert.EqualError(t, err, name+": more than 16777216 bytes")
			continue
		}
		require.NoError(t, err)
		assert.Len(t, text, size)
	}
}

// An error in a file or an argument names its position.
func TestFaultHasAPlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "data.json")
	require.NoError(t, os.WriteFile(file, []byte("{\"é\":\n\"é\" x}"), 0o600))
	_, err := input.Object("@"+file, nil)
	assert.ErrorContains(t, err, file+":2:5: ")
	_, err = input.Object("-", strings.NewReader("[]"))
	assert.ErrorContains(t, err, "stdin:1:1: ")
	_, err = input.Object("-", nil)
	assert.ErrorContains(t, err, "line 1, column 1: ", "without stdin - is a text")
}

func TestWithinEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close() // ends the reading goroutine
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := input.Within(ctx, func() ([]byte, error) { return io.ReadAll(r) })
	require.ErrorIs(t, err, input.ErrInterrupted)
	text, err := input.Within(t.Context(), func() (string, error) { return "a", nil })
	require.NoError(t, err)
	assert.Equal(t, "a", text)
}
