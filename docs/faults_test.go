package docs

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// connectTo connects a client whose backend answers with one status. It returns the
// scraped metrics, the log and the error.
func connectTo(t *testing.T, status int) (scrape, log string, err error) {
	t.Helper()
	b := hooktest.NewBackend(t)
	b.On("connect").Status(status, `{}`)
	counts, lines := newMetrics(), &bytes.Buffer{}
	client := b.Client(resthook.WithObserver(counts.observer()), resthook.WithLogger(slog.New(slog.NewTextHandler(lines, nil))))
	_, err = client.Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	require.NoError(t, client.Close(t.Context()))
	recorder := httptest.NewRecorder()
	counts.handler(client).ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return recorder.Body.String(), lines.String(), err
}

// The alert "nobody gets in" fires for answers of proxies before the backend, and not for
// decisions of the backend.
func TestAlertNobodyGetsIn(t *testing.T) {
	t.Parallel()
	alert := alertFor(t, "nobody gets in")
	for status, fires := range map[int]bool{200: false, 401: false, 403: false, 400: true, 404: true, 429: true, 502: true, 503: true, 204: true} {
		scrape, _, err := connectTo(t, status)
		assert.Equal(t, fires, alert(scrape), "status %d: %v\n%s", status, err, scrape)
	}
}

// alertFor is the condition of an alert on the page, for the text of a scrape.
func alertFor(t *testing.T, name string) func(scrape string) bool {
	t.Helper()
	for _, row := range table(t, "operators.md", "### Alerts without otelhook") {
		if row[0] == name {
			return selector(t, strings.ReplaceAll(code(row[1])[0], `\|`, "|"))
		}
	}
	require.FailNow(t, "no such alert", name)
	return nil
}

var labelPattern = regexp.MustCompile(`(\w+)(=~|!~|!=|=)"([^"]*)"`)

// selector is a selector of Prometheus: a name with conditions on labels.
func selector(t *testing.T, text string) func(scrape string) bool {
	t.Helper()
	name, _, found := strings.Cut(text, "{")
	require.True(t, found, text)
	conditions := labelPattern.FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, conditions)
	return func(scrape string) bool {
		for line := range strings.Lines(scrape) {
			if strings.HasPrefix(line, name+"{") && matches(line, conditions) {
				return true
			}
		}
		return false
	}
}

func matches(line string, conditions [][]string) bool {
	values := map[string]string{}
	for _, label := range labelPattern.FindAllStringSubmatch(line, -1) {
		values[label[1]] = label[3]
	}
	for _, c := range conditions {
		value, pattern := values[c[1]], c[3]
		if strings.HasSuffix(c[2], "~") {
			pattern = "^(?:" + pattern + ")$"
		} else {
			pattern = "^" + regexp.QuoteMeta(pattern) + "$"
		}
		if regexp.MustCompile(pattern).MatchString(value) == strings.HasPrefix(c[2], "!") {
			return false
		}
	}
	return true
}

// The statuses that the page calls no decision of the backend are lines of the level
// ERROR that say where to look; a decision is a WARN.
func TestStatusesOfAWrongPath(t *testing.T) {
	t.Parallel()
	var named []int
	for _, row := range table(t, "operators.md", "### hook failed") {
		if statuses, found := strings.CutPrefix(row[0], "`status`, `ERROR`: 400"); found {
			named = statusesIn(t, "400"+statuses)
		}
	}
	require.Contains(t, named, 404)
	require.Contains(t, named, 414)
	for _, status := range named {
		_, log, err := connectTo(t, status)
		assert.True(t, resthook.Denied(err), status)
		assert.Contains(t, log, "level=ERROR", status)
		assert.Regexp(t, "look at .*(url|prox|limit|network)", strings.ToLower(log[strings.Index(log, "error="):]), status)
	}
	for _, status := range []int{401, 402, 403, 410} {
		_, log, err := connectTo(t, status)
		assert.True(t, resthook.Denied(err), status)
		assert.Contains(t, log, "level=WARN", status)
	}
}

// statusesIn reads a list such as "400, 404 to 407".
func statusesIn(t *testing.T, list string) []int {
	t.Helper()
	var all []int
	for item := range strings.SplitSeq(list, ", ") {
		from, to, ranged := strings.Cut(item, " to ")
		first, err := strconv.Atoi(from)
		require.NoError(t, err)
		last := first
		if ranged {
			last, err = strconv.Atoi(to)
			require.NoError(t, err)
		}
		for status := first; status <= last; status++ {
			all = append(all, status)
		}
	}
	return all
}

// The faults that the page names show as it says.
func TestFaultsByName(t *testing.T) {
	t.Parallel()
	t.Run("no such name", func(t *testing.T) {
		t.Parallel()
		cfg := resthook.DefaultConfig()
		cfg.RetryCount = 0
		client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: "http://backend.invalid/rest"}))
		require.NoError(t, err)
		_, err = client.Connect(t.Context(), &resthook.Connection{})
		require.ErrorIs(t, err, resthook.ErrUnreachable)
		assert.ErrorContains(t, err, "lookup")
		require.NoError(t, client.Close(t.Context()))
	})
	t.Run("a connection that is silently dead", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, silentlyDead)
	})
	t.Run("408", func(t *testing.T) {
		t.Parallel()
		for wanted, opts := range map[int][]resthook.Option{1: nil, 2: {resthook.WithRetryStatuses(http.StatusRequestTimeout)}} {
			b := hooktest.NewBackend(t)
			b.On("connect").Status(http.StatusRequestTimeout, "").Mirror()
			_, err := b.Client(opts...).Connect(t.Context(), &resthook.Connection{})
			assert.Equal(t, wanted == 1, err != nil, "%v", err)
			assert.False(t, resthook.Denied(err))
			assert.Len(t, b.Requests("connect"), wanted)
		}
	})
}

// silentlyDead sends a decision and an event over a kept connection that is silently dead.
func silentlyDead(t *testing.T) {
	b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
	client := b.Client()
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s-1"})
	require.NoError(t, err)
	b.On("publishStream").Stall()
	outcome, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(`{"name":"cam"}`))
	require.NoError(t, err)
	require.ErrorIs(t, outcome.Err, resthook.ErrTimeout)
	assert.Equal(t, 1, outcome.Attempts)

	_, err = resthook.PlayStream.SendJSON(t.Context(), session, []byte(`{"name":"cam"}`)) // a new connection, which is kept
	require.NoError(t, err)
	b.On("StreamStatusEvent").Stall().Times(1).Mirror()
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Name: "cam", Status: resthook.StreamPublishing}))
	require.NoError(t, client.Close(context.WithoutCancel(t.Context())))
	assert.Len(t, b.Requests("StreamStatusEvent"), 2)
	assert.Equal(t, uint64(1), client.Stats().Events[0].Count)
}
