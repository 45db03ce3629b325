package resthook_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A status that mostly comes of a wrong path or of a proxy is a no, and an error
// in the log that says what to look at.
func TestStatusOfAWrongPathIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{
		400: "look at the log of the backend", 404: "look at the path", 405: "look at the path", 406: "look at the log",
		407: "a proxy wants a password", 411: "proxies", 413: "look at the limits", 414: "look at the limits", 415: "proxies",
		417: "proxies", 421: "look at the path", 426: "proxies", 431: "look at the limits",
		401: "", 402: "", 403: "", 409: "", 410: "", 422: "", 423: "", 451: "",
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			log := new(logged)
			socket := hooktest.NewSocket(t, hooktest.Answer(status, `{}`))
			client := newClient(t, socket.URL(), resthook.WithLogger(log.logger()), resthook.WithBackoff(time.Millisecond, time.Millisecond))
			_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			assert.True(t, resthook.Denied(err))
			if says == "" {
				assert.Contains(t, log.String(), "level=WARN")
				assert.NotContains(t, log.String(), "look at")
				return
			}
			require.Contains(t, log.String(), "level=ERROR")
			assert.Contains(t, log.String(), http.StatusText(status)+": ")
			assert.Contains(t, log.String(), says)
		})
	}
}
