package backend_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wcskit/resthook/bench/internal/backend"
)

// TestMain is the backend's process too, as Start wants its program to be.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == backend.Subcommand {
		if err := backend.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	// fasthttp keeps the clock of its Date header going for good.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

func start(t *testing.T) *backend.Process {
	t.Helper()
	p, err := backend.Start(context.WithoutCancel(t.Context()), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Close()) })
	return p
}

// poster posts over connections of its own, one at a time.
func poster(t *testing.T, transport *http.Transport) *http.Client {
	t.Helper()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer that was read.
type reply struct {
	status, body string
	chunked      bool
}

func post(t *testing.T, client *http.Client, url, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/StreamStatusEvent", strings.NewReader(body))
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp.Status, string(answer), len(resp.TransferEncoding) > 0}
}

func TestProcessCountsConnectionsAndRequests(t *testing.T) {
	t.Parallel()
	p := start(t)
	kept, single := poster(t, &http.Transport{}), poster(t, &http.Transport{DisableKeepAlives: true})
	for range 5 {
		post(t, kept, p.URL, "{}")
	}
	for range 3 {
		post(t, single, p.URL, "{}")
	}
	count, err := p.Count()
	require.NoError(t, err)
	assert.Equal(t, backend.Count{Connections: 1 + 3, Requests: 5 + 3}, count)
}

func TestAnswersAreAsTheirNamesSay(t *testing.T) {
	t.Parallel()
	p := start(t)
	client := poster(t, &http.Transport{})
	for _, name := range backend.Answers() {
		require.NoError(t, p.Answer(name))
		got := post(t, client, p.URL, `{"name":"cam"}`)
		assert.True(t, strings.HasPrefix(name, got.status[:3]), "%s: %s", name, got.status)
		switch {
		case name == backend.Mirror:
			assert.Equal(t, `{"name":"cam"}`, got.body)
		case strings.Contains(name, "object"):
			assert.Contains(t, got.body, `"name":"conference-43/camera-8"`, name)
		case strings.Contains(name, "64 KiB"):
			assert.InDelta(t, 64<<10, len(got.body), 2<<10, name)
		case strings.Contains(name, "4 KiB"):
			assert.InDelta(t, 4<<10, len(got.body), 256, name)
		case strings.Contains(name, "empty"), name == "204":
			assert.Empty(t, got.body, name)
		default:
			assert.NotEmpty(t, got.body, name)
		}
		assert.Equal(t, strings.Contains(name, "chunks"), got.chunked, name)
	}
}

func TestProcessSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := start(t)
	require.ErrorContains(t, p.Answer("418"), `"418"`)
	_, err := p.Count()
	require.NoError(t, err, "an error of one command is not the answer to the next")
}
