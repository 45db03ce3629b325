package docs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// billing is what both receivers feed.
type billing struct{}

func (billing) begin(who string) { fmt.Println("begin", who) }
func (billing) end(who string)   { fmt.Println("end", who) }

// before is a receiver of LiveKit's webhooks.
func before(bill billing, keys keyProvider) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, err := webhook.ReceiveWebhookEvent(r, keys)
		if err != nil {
			http.Error(w, "not from LiveKit", http.StatusUnauthorized)
			return
		}
		switch event.GetEvent() {
		case "participant_joined":
			bill.begin(event.GetParticipant().GetIdentity())
		case "participant_left":
			bill.end(event.GetParticipant().GetIdentity())
		}
	})
}

// after is a receiver of hooks. It is asked before a client is in, too.
func after(bill billing, admitted func(*resthook.Connection) bool) http.Handler {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if !admitted(c) {
			return nil, backend.Deny("not admitted")
		}
		return c, nil
	})
	backend.Handle(mux, resthook.ConnectionStatusEvent, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		switch c.Status {
		case resthook.ConnectionEstablished:
			bill.begin(c.Login)
		case resthook.ConnectionDisconnected:
			bill.end(c.Login)
		}
		return nil, nil
	})
	return mux
}

// Both receivers, each fed by its own kind of server.
func Example_receivers() {
	token := liveKitToken("key", "secret", `{"event":"participant_joined","participant":{"identity":"ann"}}`)
	for _, body := range []string{
		`{"event":"participant_joined","participant":{"identity":"ann"}}`,
		`{"event":"participant_joined","participant":{"identity":"eve"}}`, // which nobody has signed
	} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		before(billing{}, keyProvider{"key": "secret"}).ServeHTTP(w, r)
		fmt.Println(w.Code)
	}

	server := httptest.NewServer(after(billing{}, func(c *resthook.Connection) bool { return c.Custom["token"] == "secret" }))
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	session, err := client.Connect(ctx, &resthook.Connection{Login: "ann", Custom: map[string]any{"token": "secret"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	established := session.Connection()
	established.Status = resthook.ConnectionEstablished
	told := resthook.ConnectionStatusEvent.Notify(context.Background(), session, established)
	fmt.Println(session.Disconnect(ctx), client.Close(ctx), told)
	// Output:
	// begin ann
	// 200
	// 401
	// begin ann
	// end ann
	// <nil> <nil> <nil>
}

// What follows stands in for LiveKit's packages, which are no requirement of
// this module: as much of them as the receiver before needs.

type keyProvider map[string]string

var webhook liveKit

type liveKit struct{}

type webhookEvent struct {
	Event       string
	Participant participant
}

type participant struct{ Identity string }

func (e *webhookEvent) GetEvent() string             { return e.Event }
func (e *webhookEvent) GetParticipant() *participant { return &e.Participant }
func (p *participant) GetIdentity() string           { return p.Identity }

// ReceiveWebhookEvent reads a webhook whose Authorization is a JWT, signed with
// the key's secret, over the SHA-256 of the body. It does not look at its time.
func (liveKit) ReceiveWebhookEvent(r *http.Request, keys keyProvider) (*webhookEvent, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.Header.Get("Authorization") != liveKitToken("key", keys["key"], string(body)) {
		return nil, errors.New("could not verify authenticity of message")
	}
	event := &webhookEvent{}
	return event, json.Unmarshal(body, event)
}

func liveKitToken(key, secret, body string) string {
	encode := base64.RawURLEncoding.EncodeToString
	sum := sha256.Sum256([]byte(body))
	claims := fmt.Sprintf(`{"iss":%q,"sha256":%q}`, key, base64.StdEncoding.EncodeToString(sum[:]))
	token := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token))
	return token + "." + encode(mac.Sum(nil))
}
