package terminal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

func TestOneLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"a", "a"},
		{"a\nb\n", "a; b"},
		{"a\r\n\r\nb", "a; b"},
		{"поток", "поток"},
		{"a\x1b[31mb\u202e", "a\uFFFD[31mb\uFFFD"},
	} {
		assert.Equal(t, tt.want, terminal.OneLine(tt.text))
	}
}
