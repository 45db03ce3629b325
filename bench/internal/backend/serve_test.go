package backend

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func TestAnswersComeAfterTheDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		require.NoError(t, s.set(Changed))
		_, err := s.do("delay", "5s")
		require.NoError(t, err)
		begun := time.Now()
		var c fasthttp.RequestCtx
		s.handle(&c)
		assert.Equal(t, 5*time.Second, time.Since(begun))
		assert.Equal(t, changed, string(c.Response.Body()))
	})
}

func TestServerObeysLines(t *testing.T) {
	t.Parallel()
	s := new(server)
	var out strings.Builder
	require.NoError(t, s.obey(strings.NewReader("answer 204\ndelay soon\ndance\ncount\n"), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	assert.Equal(t, "ok", lines[0])
	assert.Equal(t, "204", s.answer.Load().name)
	assert.Contains(t, lines[1], "error ")
	assert.Equal(t, `error no command "dance"`, lines[2])
	assert.Equal(t, "count 0 0", lines[3])
}
