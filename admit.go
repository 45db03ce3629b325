package resthook

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/redact"
)

// Playback makes the payload of playHLS or playRTSP of the URL that a player
// asked for (protocol.md section 4.2): the name is the stream's, which is the
// folder of an HLS file, or for RTSP the URL without its query;
// its appKey picks the app; the token is in Custom under the name it has in the
// URL, "token" for http and https, client_acl_property_name for rtsp and rtsps.
// The rest of the query is dropped. An error matches [ErrConfig] and shows no
// token.
func (c *Client) Playback(rawURL string) (*Playback, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: playback of %s: not a url with a host", ErrConfig, redact.URL(rawURL))
	}
	query := u.Query()
	p := &Playback{Name: streamOf(u.Path), AppKey: query.Get("appKey"), MediaProvider: "HLS"}
	property := "token"
	if strings.HasPrefix(u.Scheme, "rtsp") {
		property, p.MediaProvider, p.Name = c.state.Load().cfg.ClientACLPropertyName, "RTSP", redact.URL(rawURL)
	}
	if token := query.Get(property); token != "" {
		p.Custom = map[string]any{property: token}
	}
	return p, nil
}

// streamOf is the stream of an HLS file: cam for /cam/cam.m3u8 and /cam/7.ts.
func streamOf(file string) string {
	folder, name := path.Split(strings.Trim(file, "/"))
	if folder = strings.Trim(folder, "/"); folder != "" {
		return folder
	}
	return strings.TrimSuffix(name, path.Ext(name))
}

// AdmitHLS asks the backend whether a player may play over HLS: it sends
// [PlayHLS] and returns its error. The answer for a token and a stream is
// remembered for hls_auth_token_cache, a no for a fifth of that; players that
// ask at once with one token make one request. A failure to ask is not
// remembered, nor is anything asked without a token. Where hls_auth_enabled is
// false, nobody is asked and all are admitted. It is safe for concurrent use;
// when ctx ends, it returns at once.
func (c *Client) AdmitHLS(ctx context.Context, p *Playback) error {
	cfg := c.state.Load().cfg
	if !cfg.HLSAuthEnabled {
		return nil
	}
	ask := func() error {
		_, err := PlayHLS.Send(ctx, c, p)
		return err
	}
	token := tokenOf(p)
	if token == "" || cfg.HLSAuthTokenCache == 0 {
		return ask()
	}
	key := admission{"hls", p.AppKey, p.Name, token}
	return c.admitted.ask(ctx, key, cfg.HLSAuthTokenCache, cfg.HLSAuthTokenCache/5, ask)
}

// tokenOf is the token of an HLS player, in the new form or the old.
func tokenOf(p *Playback) string {
	if p == nil {
		return ""
	}
	if token, ok := p.Custom["token"].(string); ok {
		return token
	}
	return p.Token
}

// rtspMemory is how long the answer for an RTSP session is remembered, if the
// session does not end before.
const rtspMemory = 12 * time.Hour

// AdmitRTSP asks the backend whether a player may play over RTSP: it sends
// [PlayRTSP] and returns its error. It may be called for each request of an RTSP
// session: the backend is asked once for a session id and a name, until
// [Client.ForgetRTSP]; a no is remembered for a minute. A failure to ask is not remembered. Where
// rtsp_server_auth_enabled is false, nobody is asked and all are admitted. It is
// safe for concurrent use; when ctx ends, it returns at once.
func (c *Client) AdmitRTSP(ctx context.Context, p *Playback) error {
	if !c.state.Load().cfg.RTSPServerAuthEnabled {
		return nil
	}
	ask := func() error {
		_, err := PlayRTSP.Send(ctx, c, p)
		return err
	}
	if p == nil || p.SessionID == "" {
		return ask()
	}
	return c.admitted.ask(ctx, admission{"rtsp", p.SessionID, p.Name, ""}, rtspMemory, time.Minute, ask)
}

// ForgetRTSP forgets the answer for an RTSP session that has ended.
func (c *Client) ForgetRTSP(sessionID, name string) {
	c.admitted.forget(admission{"rtsp", sessionID, name, ""})
}

// admission is what an answer was for.
type admission struct{ kind, who, name, token string }

// admissions remember answers, at most manyAdmissions of them.
type admissions struct {
	mu    sync.Mutex
	known map[admission]*verdict
}

const manyAdmissions = 10_000

// verdict is an answer, or the wait for one.
type verdict struct {
	done  chan struct{} // closed when it is there
	err   error
	until time.Time // zero while it is awaited
}

func (v *verdict) stale(now time.Time) bool { return !v.until.IsZero() && !now.Before(v.until) }

// ask returns the answer that is known, or that somebody is asking for already,
// or else that of ask.
func (a *admissions) ask(ctx context.Context, key admission, yes, no time.Duration, ask func() error) error {
	for {
		v, first := a.join(key)
		if first {
			return a.lead(key, v, ask, yes, no)
		}
		select {
		case <-v.done:
		case <-ctx.Done():
			return &Error{Hook: "play" + strings.ToUpper(key.kind), Kind: faultCanceled, Action: Break, Err: ended(ctx)}
		}
		if v.err == nil || !errors.Is(v.err, ErrCanceled) {
			return v.err
		}
		// The one who asked went away; its end is not ours.
	}
}

// lead gets the answer, for all who wait for it too; they are not left waiting
// if ask should panic.
func (a *admissions) lead(key admission, v *verdict, ask func() error, yes, no time.Duration) (err error) {
	err = errUnasked
	defer func() { a.settle(key, v, err, yes, no) }()
	err = ask()
	return err
}

var errUnasked = fmt.Errorf("%w: the one who asked gave up", ErrCanceled)

// join returns the verdict on a key, and whether the caller has to get it.
func (a *admissions) join(key admission) (v *verdict, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if v, ok := a.known[key]; ok && !v.stale(time.Now()) {
		return v, false
	}
	if a.known == nil {
		a.known = map[admission]*verdict{}
	}
	if len(a.known) >= manyAdmissions {
		a.makeRoom()
	}
	v = &verdict{done: make(chan struct{})}
	a.known[key] = v
	return v, true
}

// makeRoom drops what is out of date, and if that is not enough, some of the
// rest.
func (a *admissions) makeRoom() {
	now := time.Now()
	for key, v := range a.known {
		if v.stale(now) {
			delete(a.known, key)
		}
	}
	for key, v := range a.known {
		if len(a.known) <= manyAdmissions-manyAdmissions/8 { // so that it is not done each time
			return
		}
		if !v.until.IsZero() {
			delete(a.known, key)
		}
	}
}

func (a *admissions) settle(key admission, v *verdict, err error, yes, no time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v.err = err
	switch now := time.Now(); {
	case err == nil:
		v.until = now.Add(yes)
	case Denied(err):
		v.until = now.Add(no)
	default:
		v.until = now
		if a.known[key] == v {
			delete(a.known, key)
		}
	}
	close(v.done)
}

func (a *admissions) forget(key admission) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, key)
}
