package monitoring

import (
	"encoding/json"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/leak"
	"github.com/wcskit/resthook/internal/program"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // faults are what the tests are about
	leak.Exit(m)
}

// TestAlertsFireAndEnd has a media server meet each fault that an alert is for. Each alert
// fires, and ends when the fault has gone. Then each query of the dashboard has had data.
func TestAlertsFireAndEnd(t *testing.T) {
	t.Parallel()
	program.Find(t, "prometheus")
	m := newMediaServer(t)
	m.work(t)
	s := &story{t: t, m: m, p: startPrometheus(t, strings.TrimPrefix(m.metrics.URL, "http://")), since: time.Now()}
	s.nothingFires()

	s.backendsAreGone()
	s.backendsAnswerBadly()
	s.connectionsEnd()
	assert.ElementsMatch(t, alerts(t), s.seen, "alerts that were seen")
	s.dashboardHasData()
}

type story struct {
	t     *testing.T
	m     *mediaServer
	p     *prometheusServer
	since time.Time
	seen  []string
}

// nothingFires waits until all rules have had data of a media server that is well for a while.
func (s *story) nothingFires() {
	s.t.Helper()
	s.p.await(s.t, "scrapes", func() bool { return s.p.series(s.t, `count_over_time(up[1m]) > 5`, s.since) > 0 })
	assert.Empty(s.t, s.p.firing(s.t), "alerts of a media server that is well")
}

// fire waits until all of these alerts have fired.
func (s *story) fire(names ...string) {
	s.t.Helper()
	defer func() {
		if len(names) > 0 {
			s.t.Logf("these do not fire: %s", names)
		}
	}()
	s.p.await(s.t, "alerts fire", func() bool {
		firing := s.p.firing(s.t)
		names = slices.DeleteFunc(names, func(name string) bool {
			if slices.Contains(firing, name) && !slices.Contains(s.seen, name) {
				s.seen = append(s.seen, name)
			}
			return slices.Contains(firing, name)
		})
		return len(names) == 0
	})
	s.t.Logf("%4.1f s: %s", time.Since(s.since).Seconds(), s.p.firing(s.t))
}

// end waits until no alert fires.
func (s *story) end() {
	s.t.Helper()
	s.p.await(s.t, "alerts end", func() bool { return len(s.p.firing(s.t)) == 0 })
	s.t.Logf("%4.1f s: no alert fires any more", time.Since(s.since).Seconds())
}

func (s *story) backendsAreGone() {
	s.t.Helper()
	s.m.first.Down()
	s.fire("ResthookBackendDown")
	assert.Equal(s.t, []string{"ResthookBackendDown"}, s.p.firing(s.t), "the other one is well")
	payer := connect(s.t, s.m.durable, "billing", "many")
	s.m.billing.Down()
	for range 70 { // more than 80 % of the store, with what is reported all the time
		report(s.t.Context(), payer)
	}
	s.m.second.Down()
	s.fire("ResthookNoBackend", "ResthookNobodyGetsIn", "ResthookHooksFail", "ResthookFailedOpen", "ResthookFallback", "ResthookQueueGrows", "ResthookEventsLate",
		"ResthookStoreFills", "ResthookStoreLags")
	s.m.first.Up()
	s.m.second.Up()
	s.m.billing.Up()
	s.end()
}

func (s *story) backendsAnswerBadly() {
	s.t.Helper()
	s.m.panics.Store(true)
	s.m.billing.On("StreamStatusEvent").Deny(403, "no")
	for _, b := range []*hooktest.Backend{s.m.first, s.m.second} {
		b.On("connect").Delay(1500*time.Millisecond).Deny(403, "no")
		b.On("publishStream").Delay(1500 * time.Millisecond).Mirror()
		b.On("StreamStatusEvent").Deny(403, "no")
	}
	s.fire("ResthookDenials", "ResthookSlowBackend", "ResthookEventsLost", "ResthookReportsMissing", "ResthookDeadLetters")
	s.m.panics.Store(false)
	s.m.billing.On("StreamStatusEvent")
	for _, hook := range []string{"connect", "publishStream", "StreamStatusEvent"} {
		s.m.first.On(hook)
		s.m.second.On(hook)
	}
}

func (s *story) connectionsEnd() {
	s.t.Helper()
	for _, b := range []*hooktest.Backend{s.m.first, s.m.second} {
		b.OnAny().Play(hooktest.AfterAnswer(200, "{}", hooktest.FIN))
	}
	s.m.nats.stop()
	s.fire("ResthookStoreGone", "ResthookConnectionsDoNotLast")
	s.m.nats.start(s.t)
	s.m.first.OnAny()
	s.m.second.OnAny()
	s.end()
}

// dashboardHasData asks each query of the dashboard, and those of its variables.
func (s *story) dashboardHasData() {
	s.t.Helper()
	queries, variables := dashboard(s.t)
	values := strings.NewReplacer("$__rate_interval", "5s", "$job", ".*", "$app", ".*")
	for title, all := range queries {
		for _, query := range all {
			assert.Positive(s.t, s.p.series(s.t, values.Replace(query), s.since), "%s: %s", title, query)
		}
	}
	for _, v := range variables {
		parts := variablePattern.FindStringSubmatch(values.Replace(v))
		require.NotNil(s.t, parts, v)
		var found []string
		s.p.ask(s.t, "/api/v1/label/"+parts[2]+"/values", url.Values{"match[]": {parts[1]}}, &found)
		assert.NotEmpty(s.t, found, v)
	}
}

var (
	alertPattern    = regexp.MustCompile(`(?m)^ +- alert: (\w+)$`)
	variablePattern = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
)

// alerts are the names of the rules.
func alerts(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	for _, found := range alertPattern.FindAllStringSubmatch(string(text), -1) {
		names = append(names, found[1])
	}
	require.NotEmpty(t, names)
	return names
}

// dashboard has the queries of each panel and of the variables.
func dashboard(t *testing.T) (queries map[string][]string, variables []string) {
	t.Helper()
	text, err := os.ReadFile("dashboard.json")
	require.NoError(t, err)
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Type, Definition string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &board))
	queries = map[string][]string{}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		assert.False(t, ids[p.ID], "two panels %d", p.ID)
		ids[p.ID] = true
		assert.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, target := range p.Targets {
			queries[p.Title] = append(queries[p.Title], target.Expr)
		}
	}
	for _, v := range board.Templating.List {
		if v.Type == "query" {
			variables = append(variables, v.Definition)
		}
	}
	return queries, variables
}

// TestRules has promtool check the rules, and play what alerts_test.yml says against them
// as they are, in virtual time.
func TestRules(t *testing.T) {
	t.Parallel()
	promtool := program.Find(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		output, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
}

// TestPageHasTheAlerts: each alert has a row in the page for operators, and nothing else has; the
// dashboard names no others.
func TestPageHasTheAlerts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../operators.md")
	require.NoError(t, err)
	var rows []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(Resthook\\w+)` \\|").FindAllStringSubmatch(string(page), -1) {
		rows = append(rows, found[1])
	}
	assert.Equal(t, alerts(t), rows)

	board, err := os.ReadFile("dashboard.json")
	require.NoError(t, err)
	assert.Subset(t, rows, regexp.MustCompile(`Resthook\w+`).FindAllString(string(board), -1), "the dashboard names alerts")
}
