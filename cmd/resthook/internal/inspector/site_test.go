package inspector

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// site is a running inspector.
type site struct {
	*Inspector

	root   string
	client *http.Client
}

type answer struct {
	code   int
	body   string
	header http.Header
}

// open starts an inspector under rules. Its path is /apps/x unless the options name
// another.
func open(t testing.TB, rules string, o Options) *site {
	t.Helper()
	var err error
	if o.Rules, err = ParseRules([]byte(rules)); err != nil {
		require.NoError(t, err)
	}
	server := httptest.NewUnstartedServer(nil)
	root := "http://" + server.Listener.Addr().String()
	if o.Path == "" {
		o.Path = "/apps/x"
	}
	o.URL = strings.TrimSuffix(root+(&url.URL{Path: o.Path}).EscapedPath(), "/")
	s := &site{New(o), root, &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	server.Config.Handler, server.Config.ConnContext = s.Inspector, withConn
	server.Listener = headListener{server.Listener}
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// ask sends a request. Each header is "NAME: VALUE". Without an answer the code is 0 and
// the body is the error.
func (s *site) ask(t testing.TB, method, url, body string, headers ...string) answer {
	t.Helper()
	return s.try(t.Context(), method, url, body, headers...)
}

// try is ask for use on other goroutines.
func (s *site) try(ctx context.Context, method, url, body string, headers ...string) answer {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{body: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Content-Type" {
			req.Header.Del(name) // replaces the page's own header
		}
		req.Header.Add(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{resp.StatusCode, string(text), resp.Header}
}

func (s *site) hook(t testing.TB, method, body string, headers ...string) answer {
	t.Helper()
	return s.ask(t, http.MethodPost, s.URL+"/"+method, body, headers...)
}

// page sends a request as the page does, and decodes the answer.
func page[T any](t testing.TB, s *site, method, path, body string) (value T) {
	t.Helper()
	got := s.ask(t, method, s.root+path, body)
	require.Equal(t, http.StatusOK, got.code, got.body)
	require.NoError(t, json.Unmarshal([]byte(got.body), &value), got.body)
	return value
}

// rows are all hooks so far.
func (s *site) rows(t testing.TB) []row {
	t.Helper()
	return page[news](t, s, http.MethodGet, "/-/poll", "").Hooks
}

// last is the newest hook.
func (s *site) last(t testing.TB) row {
	t.Helper()
	rows := s.rows(t)
	require.NotEmpty(t, rows)
	return rows[len(rows)-1]
}

// detailOf is all that the page shows of a hook.
func (s *site) detailOf(t testing.TB, number string) detailView {
	t.Helper()
	run := page[news](t, s, http.MethodGet, "/-/poll", "").Run
	return page[detailView](t, s, http.MethodGet, "/-/hooks/"+run+"/"+number, "")
}
