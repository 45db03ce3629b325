package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// srsBackend asks a backend that was written for SRS: it posts to one URL, with
// the action in the body, and allows by 200 or 201 with 0 or {"code":0}.
type srsBackend struct {
	url  string
	http *http.Client // with a Timeout; it follows no redirects
}

// hooks is the http.Handler to point an app at.
func (b *srsBackend) hooks() (*backend.Mux, error) {
	fail := resthook.Rule{RestOnError: resthook.OnErrorFail} // with SRS, a denial counts
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: fail, resthook.PlayStream: fail,
	})
	if err != nil {
		return nil, err
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		c.RestClientConfig = policy
		return c, b.ask(ctx, "on_connect", c.SessionID, "", c.Custom)
	})
	backend.Handle(mux, resthook.ConnectionStatusEvent, func(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Status != resthook.ConnectionDisconnected {
			return nil, nil
		}
		return nil, b.ask(ctx, "on_close", c.SessionID, "", c.Custom)
	})
	b.handleStream(mux, resthook.PublishStream, func(*resthook.Stream) string { return "on_publish" })
	b.handleStream(mux, resthook.PlayStream, func(*resthook.Stream) string { return "on_play" })
	b.handleStream(mux, resthook.StreamStatusEvent, endOf)
	return mux, nil
}

// handleStream asks for a stream under the action that it makes of it, if any.
func (b *srsBackend) handleStream(mux *backend.Mux, hook resthook.Hook[resthook.Stream], action func(*resthook.Stream) string) {
	backend.Handle(mux, hook, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		if action := action(s); action != "" {
			return nil, b.ask(ctx, action, s.SessionID, s.Name, s.Custom)
		}
		return nil, nil
	})
}

// endOf is what SRS calls the end of a stream.
func endOf(s *resthook.Stream) string {
	switch s.Status {
	case resthook.StreamUnpublished, resthook.StreamStopped, resthook.StreamFailed:
		if s.Published {
			return "on_unpublish"
		}
		return "on_stop"
	}
	return ""
}

// ask posts one callback. A denial is backend.Deny; a callback that cannot be asked
// is any other error, which the media server does not take for a denial.
func (b *srsBackend) ask(ctx context.Context, action, session, stream string, custom map[string]any) error {
	body, err := json.Marshal(map[string]any{
		"action": action, "client_id": session, "ip": addressOf(session), "vhost": "__defaultVhost__", "app": "live",
		"stream": stream, "param": paramOf(custom),
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	return verdict(resp.StatusCode, answer)
}

// verdict reads an answer as SRS does.
func verdict(status int, answer []byte) error {
	var object struct{ Code *int }
	switch {
	case status >= 500:
		return fmt.Errorf("callback: status %d", status)
	case status != http.StatusOK && status != http.StatusCreated:
		return backend.Deny(fmt.Sprintf("callback: status %d", status))
	case string(answer) == "0":
		return nil
	case json.Unmarshal(answer, &object) == nil && object.Code != nil && *object.Code == 0:
		return nil
	}
	return backend.Deny("callback: code is not 0")
}

// addressOf is the client's address in a session id such as
// /10.0.0.17:52791/10.0.0.5:8443. If your media server makes others, change it.
func addressOf(session string) string {
	address, _, _ := strings.Cut(strings.TrimPrefix(session, "/"), ":")
	return address
}

// paramOf is the query of the URL that SRS's client would have used.
func paramOf(custom map[string]any) string {
	query := url.Values{}
	for name, value := range custom {
		query.Set(name, fmt.Sprint(value))
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + query.Encode()
}

// An old backend, which knows nothing of hooks, behind the adapter.
func Example_callbacks() {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c struct{ Action, Stream, IP, Param string }
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			http.Error(w, "no JSON", http.StatusBadRequest)
			return
		}
		fmt.Printf("%s %q %q from %s\n", c.Action, c.Stream, c.Param, c.IP)
		if c.Action == "on_play" && c.Param != "?token=secret" {
			_, _ = io.WriteString(w, `{"code":403}`)
			return
		}
		_, _ = io.WriteString(w, "0")
	}))
	defer old.Close()
	adapter := &srsBackend{url: old.URL, http: &http.Client{
		Timeout:       5 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	hooks, err := adapter.hooks()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(hooks)
	defer server.Close()
	defer adapter.http.CloseIdleConnections()

	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	session, err := client.Connect(ctx, &resthook.Connection{SessionID: "/10.0.0.17:52791/10.0.0.5:8443"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = resthook.PublishStream.Send(ctx, session, &resthook.Stream{Name: "cam", Published: true})
	fmt.Println("published:", err == nil)
	_, err = resthook.PlayStream.Send(ctx, session, &resthook.Stream{Name: "cam", Custom: map[string]any{"token": "guessed"}})
	fmt.Println("played:", err == nil, "denied:", resthook.Denied(err))
	told := resthook.StreamStatusEvent.Notify(context.Background(), session, &resthook.Stream{Name: "cam", Published: true, Status: resthook.StreamUnpublished})
	fmt.Println(session.Disconnect(ctx), client.Close(ctx), told)
	// Output:
	// on_connect "" "" from 10.0.0.17
	// on_publish "cam" "" from 10.0.0.17
	// published: true
	// on_play "cam" "?token=guessed" from 10.0.0.17
	// played: false denied: true
	// on_unpublish "cam" "" from 10.0.0.17
	// on_close "" "" from 10.0.0.17
	// <nil> <nil> <nil>
}
