package monitoring

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/program"
)

// patience bounds each wait, on a busy machine too.
const patience = time.Minute

// prometheusServer is a Prometheus that scrapes a media server and evaluates the rules.
type prometheusServer struct {
	url   string
	ended <-chan struct{}
}

const configuration = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: resthook
    static_configs: [{targets: ["%s"]}]
`

func startPrometheus(t *testing.T, target string) *prometheusServer {
	t.Helper()
	path := program.Find(t, "prometheus")
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("rules.yml", hurried(t))
	write("prometheus.yml", fmt.Sprintf(configuration, target))
	address := "127.0.0.1:" + program.FreePort(t)
	command := exec.CommandContext(t.Context(), path, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")
	command.Dir = dir
	p := &prometheusServer{url: "http://" + address, ended: program.Start(t, command).Ended()}
	p.await(t, "ready", func() bool {
		answer, err := p.get(t, "/-/ready", nil)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return p
}

// hurried are the rules with the minutes as seconds and bounds that a short test reaches.
func hurried(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	for _, change := range [][2]string{
		{`for: \d+m`, "for: 1s"}, {`\[5m\]`, "[5s]"}, {`offset 5m`, "offset 5s"}, {`> 10000\b`, "> 40"}, {`_oldest_seconds > 300\b`, "_oldest_seconds > 3"},
	} {
		pattern := regexp.MustCompile(change[0])
		require.True(t, pattern.Match(text), change[0])
		text = pattern.ReplaceAll(text, []byte(change[1]))
	}
	return string(text)
}

func (p *prometheusServer) get(t *testing.T, path string, query url.Values) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path+"?"+query.Encode(), http.NoBody)
	require.NoError(t, err)
	request.Close = true // no connection is left when the test ends
	return http.DefaultClient.Do(request)
}

// ask asks Prometheus's API.
func (p *prometheusServer) ask(t *testing.T, path string, query url.Values, data any) {
	t.Helper()
	answer, err := p.get(t, path, query)
	require.NoError(t, err)
	defer answer.Body.Close()
	var whole struct {
		Status, Error string
		Data          json.RawMessage
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&whole))
	require.Equal(t, "success", whole.Status, "%s %s: %s", path, query, whole.Error)
	require.NoError(t, json.Unmarshal(whole.Data, data))
}

// firing are the names of the alerts that fire.
func (p *prometheusServer) firing(t *testing.T) (names []string) {
	t.Helper()
	var data struct {
		Alerts []struct {
			State  string
			Labels map[string]string
		}
	}
	p.ask(t, "/api/v1/alerts", nil, &data)
	for _, a := range data.Alerts {
		if name := a.Labels["alertname"]; a.State == "firing" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// series are how many series a query has had since a time.
func (p *prometheusServer) series(t *testing.T, query string, since time.Time) int {
	t.Helper()
	var data struct{ Result []json.RawMessage }
	p.ask(t, "/api/v1/query_range", url.Values{
		"query": {query}, "start": {since.Format(time.RFC3339)}, "end": {time.Now().Format(time.RFC3339)}, "step": {"1s"},
	}, &data)
	return len(data.Result)
}

// await waits for a condition.
func (p *prometheusServer) await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !condition(); time.Sleep(100 * time.Millisecond) {
		select {
		case <-p.ended:
			t.Fatalf("Prometheus has ended before: %s", what)
		default:
		}
		if time.Now().After(limit) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}
