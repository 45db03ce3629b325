package h1_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/h1"
)

// Heads gets each head byte for byte, and the body is read whatever the status.
func TestHeads(t *testing.T) {
	t.Parallel()
	long := "HTTP/1.1 500 Oh no, really\r\nx-b:1\r\nX-A: \t2 \r\nx-long: " + strings.Repeat("y", 20_000) + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	for _, tt := range []struct {
		heads []string
		body  string // as sent
		want  string
		verb  string
	}{
		{[]string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"}, "{}", "{}", ""},
		{[]string{"HTTP/1.1 100 \r\n\r\n", "HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n", long}, "5\r\nno\r\n\r\r\n0\r\n\r\n", "no\r\n\r", ""},
		{[]string{"HTTP/1.1 204 Nothing\r\nx: 1\r\n\r\n"}, "", "", ""},
		{[]string{"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n"}, "", "", http.MethodHead},
		{[]string{"HTTP/1.1 404 None\r\nContent-Length: 9000\r\n\r\n"}, strings.Repeat("z", 9000), strings.Repeat("z", 9000), ""},
	} {
		for _, part := range []int{1, 7, 1 << 20} {
			to := answering(t, strings.Join(tt.heads, "")+tt.body, part)
			tr := h1.New(h1.Options{})
			var heads []string
			var answer bytes.Buffer
			for range 2 { // the second over the same connection
				got := tr.Do(t.Context(), &h1.Request{
					To: to, Bytes: []byte(request), Answer: &answer, Limit: 1 << 20, Verb: tt.verb,
					Heads: func(_ int, head []byte) { heads = append(heads, string(head)) },
				})
				require.NoError(t, got.Err)
				assert.Equal(t, tt.want, answer.String())
				assert.Equal(t, h1.Done, got.Phase)
			}
			assert.Equal(t, append(slices.Clip(tt.heads), tt.heads...), heads)
			tr.Close(t.Context())
		}
	}
}

// answering is a backend that sends the same answer to every request, in parts of part
// bytes.
func answering(t *testing.T, answer string, part int) h1.Endpoint {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan bool)
	go func() {
		defer close(ended)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for came := make([]byte, len(request)); ; {
			if _, err := io.ReadFull(conn, came); err != nil {
				return
			}
			for rest := answer; rest != ""; rest = rest[min(part, len(rest)):] {
				_, _ = io.WriteString(conn, rest[:min(part, len(rest))])
			}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return h1.Endpoint{Address: listener.Addr().String()}
}
