package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// hook sends a hook to a backend and returns the status and body of its answer.
func hook(t *testing.T, b *chatBackend, method, body string) (int, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	b.handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/rest/"+method, strings.NewReader(body)))
	return answer.Code, answer.Body.String()
}

func newBackendForTest(t *testing.T, mediaServer string) *chatBackend {
	t.Helper()
	b, err := newBackend(mediaServer, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(b.sender.Close)
	return b
}

func connectOf(session string) string {
	return fmt.Sprintf(`{"sessionId":%q,"custom":{"login":"bob","token":"builder"}}`, session)
}

func TestFullRoom(t *testing.T) {
	t.Parallel()
	b := newBackendForTest(t, "")
	for n := range memberLimit {
		status, _ := hook(t, b, "connect", connectOf(fmt.Sprint(n)))
		require.Equal(t, http.StatusOK, status)
	}
	status, _ := hook(t, b, "connect", connectOf("0"))
	assert.Equal(t, http.StatusOK, status, "asked twice")
	status, _ = hook(t, b, "connect", connectOf("one more"))
	assert.Equal(t, http.StatusForbidden, status)

	hook(t, b, "ConnectionStatusEvent", `{"sessionId":"0","status":"ESTABLISHED"}`)
	status, _ = hook(t, b, "connect", connectOf("one more"))
	assert.Equal(t, http.StatusForbidden, status)
	hook(t, b, "ConnectionStatusEvent", `{"sessionId":"0","status":"DISCONNECTED"}`)
	status, _ = hook(t, b, "connect", connectOf("one more"))
	assert.Equal(t, http.StatusOK, status)
}

// A client that was allowed but never connected loses its place after a while. A
// connected one does not.
func TestGhosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBackendForTest(t, "")
		enter := func(session string) int {
			status, _ := hook(t, b, "connect", connectOf(session))
			return status
		}
		for n := range memberLimit {
			require.Equal(t, http.StatusOK, enter(fmt.Sprint(n)))
		}
		hook(t, b, "ConnectionStatusEvent", `{"sessionId":"0","status":"ESTABLISHED"}`)
		hook(t, b, "ConnectionStatusEvent", `{"sessionId":"stranger","status":"ESTABLISHED"}`)
		time.Sleep(arrivalTime)
		assert.Equal(t, http.StatusForbidden, enter("early"))
		time.Sleep(time.Nanosecond)
		assert.Equal(t, http.StatusOK, enter("next"))
		_, everybody := b.room(&resthook.Data{NodeID: "n"})
		assert.ElementsMatch(t, []backend.Session{{Node: "n", ID: "0"}, {Node: "n", ID: "next"}}, everybody)
	})
}

func TestStranger(t *testing.T) {
	t.Parallel()
	status, text := hook(t, newBackendForTest(t, ""), "OnDataEvent", `{"sessionId":"x","payload":{"body":"hi"}}`)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, text, "not in the room")
}

// A media server that does not accept the message is a failure of the backend, not a
// denial.
func TestMediaServerRefuses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	b := newBackendForTest(t, server.URL)
	hook(t, b, "connect", connectOf("s"))
	status, _ := hook(t, b, "OnDataEvent", `{"sessionId":"s","operationId":"1","payload":{"body":"hi"}}`)
	assert.Equal(t, http.StatusInternalServerError, status)

	server.Close()
	status, _ = hook(t, b, "OnDataEvent", `{"sessionId":"s","operationId":"1","payload":{"body":"hi"}}`)
	assert.Equal(t, http.StatusInternalServerError, status)
}
