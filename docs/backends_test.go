package docs

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// programs are the complete backends of the page.
var programs = []struct{ language, program, file string }{
	{"PHP", "php", "backend.php"},
	{"Node", "node", "backend.mjs"},
	{"Python", "python3", "backend.py"},
}

var startPattern = regexp.MustCompile(`(?m)^(?:<\?php )?(?://|#) start: (.*)$`)

// startBackend saves a backend of the page and starts it as its first lines say,
// but on a free port. It returns the URL before the path.
func startBackend(t *testing.T, program, file string, env ...string) string {
	t.Helper()
	return startFrom(t, "backends.md", program, file, env...)
}

func startFrom(t *testing.T, page, program, file string, env ...string) string {
	t.Helper()
	need(t, program)
	dir := t.TempDir()
	saveBlocks(t, page, dir)
	start := startPattern.FindStringSubmatch(namedBlock(t, page, file).text)
	require.NotNil(t, start, "%s does not say how it is started", file)
	require.Contains(t, start[1], "8080")
	return serve(t, dir, strings.ReplaceAll(start[1], "8080", "0"), append(env, "STATE_DIR="+dir+"/state")...)
}

func TestBackends(t *testing.T) {
	t.Parallel()
	for _, p := range programs {
		t.Run(p.language, func(t *testing.T) {
			t.Parallel()
			url := startBackend(t, p.program, p.file)
			for name, check := range map[string]func(t *testing.T, url string){
				"admits by token":      admits,
				"refuses":              refuses,
				"renames":              renames,
				"mirrors":              mirrors,
				"records once, in row": records,
				"many at once":         manyAtOnce,
				"answers its faults":   answersFaults,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					check(t, url)
				})
			}
		})
		t.Run(p.language+" checks the hash", func(t *testing.T) {
			t.Parallel()
			checksHash(t, startBackend(t, p.program, p.file, "WCS_KEY=geheim-ключ"))
		})
		t.Run(p.language+" checks the signature", func(t *testing.T) {
			t.Parallel()
			checksSignature(t, startBackend(t, p.program, p.file, "SIGNING_SECRET="+signingSecret))
		})
		t.Run(p.language+" takes a secret without its prefix", func(t *testing.T) {
			t.Parallel()
			checksSignature(t, startBackend(t, p.program, p.file, "SIGNING_SECRET="+strings.TrimPrefix(signingSecret, "whsec_")))
		})
		for _, empty := range []string{"SIGNING_SECRET=", "SIGNING_SECRET=whsec_", "WCS_KEY="} {
			t.Run(p.language+" with "+empty, func(t *testing.T) {
				t.Parallel()
				admitsNobody(t, startBackend(t, p.program, p.file, empty))
			})
		}
	}
}

// The three smallest backends do the same: they admit by token, and their refusals count.
// All but the server that PHP has built in keep a connection for the next hook.
func TestSmallestBackends(t *testing.T) {
	t.Parallel()
	for _, p := range programs {
		t.Run(p.language, func(t *testing.T) {
			t.Parallel()
			var fresh atomic.Int32
			client := clientOf(t, resthook.DefaultConfig(), startFrom(t, "getting-started.md", p.program, strings.Replace(p.file, "backend", "smallest", 1)),
				resthook.WithObserver(resthook.Observer{Attempt: func(_ context.Context, a resthook.Attempt) {
					if !a.Reused {
						fresh.Add(1)
					}
				}}))
			_, err := client.Connect(t.Context(), connection("s", "guessed"))
			assert.True(t, resthook.Denied(err), "%v", err)
			session := connected(t, client, "s")
			assert.Equal(t, resthook.OnErrorFail, session.Policy().Rule("publishStream").RestOnError)
			stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "поток"})
			require.NoError(t, err)
			assert.Equal(t, "поток", stream.Name)
			if p.language != "PHP" {
				assert.Equal(t, int32(1), fresh.Load(), "connections for three hooks")
			}
		})
	}
}

// clientOf is a client for tests in which a slow machine must not look like a
// slow backend.
func clientOf(t *testing.T, cfg resthook.Config, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	cfg.RequestTimeout = time.Minute
	client, err := resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: url + "/rest"}))...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.WithoutCancel(t.Context()))) })
	return client
}

func connection(session, token string) *resthook.Connection {
	return &resthook.Connection{SessionID: session, Custom: map[string]any{"token": token}}
}

func connected(t *testing.T, client *resthook.Client, session string) *resthook.Session {
	t.Helper()
	s, err := client.Connect(t.Context(), connection(session, "secret"))
	require.NoError(t, err)
	return s
}

func admits(t *testing.T, url string) {
	t.Helper()
	session := connected(t, clientOf(t, resthook.DefaultConfig(), url), "s-1")
	assert.Equal(t, "s-1", session.Connection().SessionID)
	assert.Equal(t, "secret", session.Connection().Custom["token"])
	assert.Equal(t, resthook.Rule{
		RestOnError: resthook.OnErrorFail, RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"},
	}, session.Policy().Rule("publishStream"))
	assert.Equal(t, resthook.OnErrorFail, session.Policy().Rule("playStream").RestOnError)
	assert.Empty(t, session.Policy().Warnings())
}

func refuses(t *testing.T, url string) {
	t.Helper()
	client := clientOf(t, resthook.DefaultConfig(), url)
	for _, conn := range []*resthook.Connection{connection("s", "guessed"), {SessionID: "s"}} {
		_, err := client.Connect(t.Context(), conn)
		assert.True(t, resthook.Denied(err), "%v", err)
	}
	session := connected(t, client, "s")
	for _, ask := range []resthook.Hook[resthook.Stream]{resthook.PublishStream, resthook.PlayStream} {
		_, err := ask.Send(t.Context(), session, &resthook.Stream{Name: "private/cam"})
		assert.True(t, resthook.Denied(err), "%s: %v", ask.Name(), err)
	}
}

func renames(t *testing.T, url string) {
	t.Helper()
	session := connected(t, clientOf(t, resthook.DefaultConfig(), url), "s")
	for _, name := range []string{"cam", "поток 🎥/1", `"\/`} {
		stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: name, SDP: "v=0\r\n"})
		require.NoError(t, err)
		assert.Equal(t, "live/"+name, stream.Name)
		stream, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: name})
		require.NoError(t, err)
		assert.Equal(t, name, stream.Name)
	}
}

// mirrors posts what a decoder may spoil; it has to come back as the same JSON.
func mirrors(t *testing.T, url string) {
	t.Helper()
	const hook = `{"sessionId":"s","custom":{},"list":[],"gain":1.0,"createDate":1790000000123,"login":"мария","none":null}`
	assert.JSONEq(t, hook, post(t, url+"/rest/OnDataEvent", hook))
}

func post(t *testing.T, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	return fetch(t, req)
}

func fetch(t *testing.T, req *http.Request) string {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	return string(body)
}

// twice is a network on which every hook arrives two times.
type twice struct{ next http.Transport }

func (w *twice) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	first, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, first.Body); err != nil {
		return nil, err
	}
	first.Body.Close()
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return w.next.RoundTrip(again)
}

// record is a line of what the backends show at /events.
type record struct {
	Session  string `json:"session"`
	Sequence uint64 `json:"sequence"`
	Method   string `json:"method"`
	Status   string `json:"status"`
}

// records sends every hook twice, for two sessions at once: each event is recorded once,
// and those of each session are in order, the closing event last.
func records(t *testing.T, url string) {
	t.Helper()
	network := &twice{}
	t.Cleanup(network.next.CloseIdleConnections)
	client := clientOf(t, resthook.DefaultConfig(), url, resthook.WithTransport(network))
	want := []record{}
	sessions := []string{"/10.0.0.17:51234", "/10.0.0.18:51235"}
	open := map[string]*resthook.Session{}
	for _, id := range sessions {
		open[id] = connected(t, client, id)
	}
	statuses := []resthook.StreamStatus{resthook.StreamPending, resthook.StreamPublishing, resthook.StreamUnpublished}
	for i, status := range statuses {
		for _, id := range sessions {
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), open[id], &resthook.Stream{Name: "cam", Status: status}))
			want = append(want, record{id, uint64(i + 1), "StreamStatusEvent", string(status)})
		}
	}
	for _, id := range sessions {
		require.NoError(t, open[id].Disconnect(t.Context()))
		want = append(want, record{id, 4, "ConnectionStatusEvent", "DISCONNECTED"})
	}
	got := recorded(t, url)
	for _, id := range sessions {
		assert.Equal(t, of(id, want), of(id, got))
	}
}

// of are the records of one session.
func of(session string, all []record) []record {
	var own []record
	for _, r := range all {
		if r.Session == session {
			own = append(own, r)
		}
	}
	return own
}

func recorded(t *testing.T, url string) []record {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/events", http.NoBody)
	require.NoError(t, err)
	var all []record
	for decoder := json.NewDecoder(strings.NewReader(fetch(t, req))); decoder.More(); {
		var r record
		require.NoError(t, decoder.Decode(&r))
		all = append(all, r)
	}
	return all
}

func manyAtOnce(t *testing.T, url string) {
	t.Helper()
	const sessions = 20
	client := clientOf(t, resthook.DefaultConfig(), url)
	failed := make(chan error, sessions)
	for i := range sessions {
		go func() {
			_, err := client.Connect(t.Context(), connection(fmt.Sprintf("many-%d", i), "secret"))
			failed <- err
		}()
	}
	for range sessions {
		assert.NoError(t, <-failed)
	}
}

// answersFaults sends a value that a program does not expect. It answers 500, so the hook
// comes once and not four times.
func answersFaults(t *testing.T, url string) {
	t.Helper()
	session := connected(t, clientOf(t, resthook.DefaultConfig(), url), "faults")
	outcome, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(`{"name":{}}`))
	require.NoError(t, err)
	assert.ErrorIs(t, outcome.Err, resthook.ErrStatus)
	assert.Equal(t, []int{1, http.StatusInternalServerError}, []int{outcome.Attempts, outcome.Status})
}

func checksHash(t *testing.T, url string) {
	t.Helper()
	for key, want := range map[string]bool{"geheim-ключ": true, "geheim": false, "": false} {
		cfg := resthook.DefaultConfig()
		cfg.SendHash, cfg.SecretKey = key != "", resthook.NewSecret(key)
		_, err := clientOf(t, cfg, url).Connect(t.Context(), connection("мария 🎥", "secret"))
		if want {
			assert.NoError(t, err)
		} else {
			assert.True(t, resthook.Denied(err), "%v", err)
		}
	}
}

const (
	signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret   = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// signer is a proxy that signs hooks with each secret, as Standard Webhooks says.
type signer struct {
	next    http.Transport
	secrets []string
	late    time.Duration // how old the hook is when it is sent
	spoil   bool          // changes the body after it was signed
}

func (s *signer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	sent := strconv.FormatInt(time.Now().Add(-s.late).Unix(), 10)
	req.Header.Set(resthook.HeaderTimestamp, sent)
	var signatures []string
	for _, secret := range s.secrets {
		signature, err := signed(secret, req.Header.Get(resthook.HeaderID), sent, body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) > 0 {
		req.Header.Set(resthook.HeaderSignature, strings.Join(signatures, " "))
	}
	if s.spoil {
		body = bytes.Replace(body, []byte("s-1"), []byte("s-2"), 1)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return s.next.RoundTrip(req)
}

func signed(secret, id, sent string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, sent, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func checksSignature(t *testing.T, url string) {
	t.Helper()
	for name, test := range map[string]struct {
		signer *signer
		want   bool
	}{
		"signed":          {&signer{secrets: []string{signingSecret}}, true},
		"two secrets":     {&signer{secrets: []string{otherSecret, signingSecret}}, true},
		"late":            {&signer{secrets: []string{signingSecret}, late: 4 * time.Minute}, true},
		"too late":        {&signer{secrets: []string{signingSecret}, late: 6 * time.Minute}, false},
		"from the future": {&signer{secrets: []string{signingSecret}, late: -6 * time.Minute}, false},
		"wrong secret":    {&signer{secrets: []string{otherSecret}}, false},
		"no signature":    {&signer{}, false},
		"body changed":    {&signer{secrets: []string{signingSecret}, spoil: true}, false},
	} {
		t.Cleanup(test.signer.next.CloseIdleConnections)
		client := clientOf(t, resthook.DefaultConfig(), url, resthook.WithTransport(test.signer))
		_, err := client.Connect(t.Context(), connection("s-1", "secret"))
		if test.want {
			assert.NoError(t, err, name)
		} else {
			assert.True(t, resthook.Denied(err), "%s: %v", name, err)
		}
	}
	for _, secrets := range [][]string{{signingSecret}, {otherSecret, signingSecret}, {otherSecret}} {
		app := resthook.App{URL: url}
		for _, secret := range secrets {
			app.SigningSecrets = append(app.SigningSecrets, resthook.NewSecret(secret))
		}
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(app))
		require.NoError(t, err)
		_, err = client.Connect(t.Context(), connection("мария 🎥", "secret"))
		assert.Equal(t, secrets[len(secrets)-1] != signingSecret, resthook.Denied(err), "%v", err)
		assert.NoError(t, client.Close(t.Context()))
	}
}

// admitsNobody sends signatures of an empty key, and none.
func admitsNobody(t *testing.T, url string) {
	t.Helper()
	const body = `{"sessionId":"s-1","custom":{"token":"secret"}}`
	now := strconv.FormatInt(time.Now().Unix(), 10)
	signature, err := signed("", "1", now, []byte(body))
	require.NoError(t, err)
	hash := hmac.New(md5.New, nil)
	hash.Write([]byte(body))
	for _, header := range []http.Header{
		{},
		{"Webhook-Id": {"1"}, "Webhook-Timestamp": {now}, "Webhook-Signature": {signature}},
		{"Authorization": {"WCS " + hex.EncodeToString(hash.Sum(nil))}},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/connect", strings.NewReader(body))
		require.NoError(t, err)
		req.Header = header
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusForbidden, resp.StatusCode, header)
		require.NoError(t, resp.Body.Close())
	}
}

// The policy on the page is valid and gives no warning.
func TestPolicyOnThePage(t *testing.T) {
	t.Parallel()
	conn := new(resthook.Connection)
	require.NoError(t, json.Unmarshal([]byte(namedBlock(t, "backends.md", "policy.json").text), conn))
	require.NotNil(t, conn.RestClientConfig)
	assert.Empty(t, conn.RestClientConfig.Warnings())
	assert.Equal(t, resthook.Rule{
		RestOnError: resthook.OnErrorFail, RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name", "custom.room"},
		RestExclude: []string{"sdp"}, ClientExclude: []string{"custom.account"},
	}, conn.RestClientConfig.Rule("publishStream"))
	assert.Equal(t, resthook.RestPolicyDisable, conn.RestClientConfig.Rule("StreamsStatEvent").RestPolicy)
}

// The keys and defaults of restClientConfig, as the page has them.
func TestPolicyKeys(t *testing.T) {
	t.Parallel()
	var keys []string
	defaults := map[string]any{}
	for _, row := range table(t, "backends.md", "## restClientConfig: the policy") {
		key := code(row[0])[0]
		keys = append(keys, key)
		if value := code(row[2]); len(value) > 0 {
			defaults[key] = value[0]
		}
		for _, value := range code(row[1]) {
			_, err := resthook.ParsePolicy(fmt.Appendf(nil, `{"playStream":{%q:%q}}`, key, value))
			assert.NoError(t, err, "%s=%s", key, value)
		}
	}
	assert.ElementsMatch(t, []string{"restOnError", "restPolicy", "restOverwrite", "restExclude", "clientExclude"}, keys)
	rule := (*resthook.Policy)(nil).Rule("playStream")
	assert.Equal(t, map[string]any{"restOnError": string(rule.RestOnError), "restPolicy": string(rule.RestPolicy)}, defaults)
}

// The page has every method of the catalogue, with its kind.
func TestMethodsOnThePage(t *testing.T) {
	t.Parallel()
	want, got := map[string][]string{}, map[string][]string{}
	for _, method := range resthook.Methods() {
		want[method.Kind().String()] = append(want[method.Kind().String()], method.Name())
	}
	for _, row := range table(t, "backends.md", "## The four kinds") {
		got[row[0]] = code(row[1])
	}
	require.Len(t, got, len(want))
	for kind := range want {
		assert.ElementsMatch(t, want[kind], got[kind], kind)
	}
}

// The requests on the page are those that are sent.
func TestRequestOnThePage(t *testing.T) {
	t.Parallel()
	head, body, ok := strings.Cut(namedBlock(t, "backends.md", "connect.http").text, "\n\n")
	require.True(t, ok)
	body = strings.TrimSuffix(body, "\n")
	seen := &seenRequest{}
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{URL: "http://backend.example/rest"}), resthook.WithTransport(seen))
	require.NoError(t, err)
	conn := new(resthook.Connection)
	require.NoError(t, json.Unmarshal([]byte(body), conn))
	_, err = client.Connect(t.Context(), conn)
	require.NoError(t, err)
	require.NoError(t, client.Close(t.Context()))

	assert.Equal(t, body, seen.body)
	for line := range strings.SplitSeq(head, "\n") {
		name, value, header := strings.Cut(line, ": ")
		switch {
		case !header:
			assert.Equal(t, "POST /rest/connect HTTP/1.1", line)
		case name == resthook.HeaderID || name == resthook.HeaderTimestamp:
			assert.NotEmpty(t, seen.header.Get(name), name)
			assert.Len(t, value, len(seen.header.Get(name)), name)
		default:
			assert.Equal(t, seen.header.Get(name), value, name)
		}
		seen.header.Del(name)
	}
	assert.Empty(t, seen.header, "headers that the page does not show")
}

type seenRequest struct {
	header http.Header
	body   string
}

func (s *seenRequest) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.header, s.body = req.Header.Clone(), string(body)
	s.header.Set("Host", req.Host)
	s.header.Set("Content-Length", strconv.FormatInt(req.ContentLength, 10))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

// A warning of PHP, here about a folder that it cannot write to, is in no answer, although
// PHP is set to print it.
func TestPHPKeepsItsWarnings(t *testing.T) {
	t.Parallel()
	need(t, "php")
	dir := t.TempDir()
	saveBlocks(t, "backends.md", dir)
	const start = "php -n -d display_errors=1 -S 127.0.0.1:0 backend.php"
	url := serve(t, dir, start, "STATE_DIR="+dir+"/backend.php/no-folder")
	const hook = `{"status":"PUBLISHING"}`
	assert.Equal(t, hook, post(t, url+"/rest/StreamStatusEvent", hook))
}
