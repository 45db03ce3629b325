package resthook

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/verdicts"
)

// defaultAdmissionLimit is how many answers of a kind are remembered.
const defaultAdmissionLimit = 50_000

// sessionAnswers is how many answers of one RTSP session are remembered, so that
// no player displaces the others.
const sessionAnswers = 8

// admissions remember the backend's answers about players. HLS and RTSP have a cache each,
// so that neither displaces answers of the other.
type admissions struct{ hls, rtsp *verdicts.Cache }

func newAdmissions(o *options) admissions {
	answers := func(hook Hook[Playback]) *verdicts.Cache {
		return verdicts.New(verdicts.Options{
			Limit: o.admissions, Group: sessionAnswers, Keep: remembered,
			Dropped: func(count uint64) {
				o.logger.Warn("admissions dropped", "hook", hook.name, "count", count, "limit", o.admissions)
			},
		})
	}
	return admissions{hls: answers(PlayHLS), rtsp: answers(PlayRTSP)}
}

func (a admissions) close() {
	a.hls.Close()
	a.rtsp.Close()
}

// AdmissionStats counts the answers about players that a client remembers.
type AdmissionStats struct {
	Remembered int    // now
	Dropped    uint64 // before their time, since [WithAdmissionLimit] was reached: they are asked for again
}

func (a admissions) stats() AdmissionStats {
	hls, hlsDropped := a.hls.Stats()
	rtsp, rtspDropped := a.rtsp.Stats()
	return AdmissionStats{Remembered: hls + rtsp, Dropped: hlsDropped + rtspDropped}
}

// AdmitHLS asks the backend whether a player may play over HLS: it sends
// [PlayHLS] and returns its error. The answer is remembered for
// hls_auth_token_cache, a refusal for a fifth of that, and is used for every player with
// the same app, stream, token and other fields of the payload; its node, session
// and media session may differ. Players that ask at once make one request. A
// failure to ask is not remembered, nor is a status that usually has another reason, such as 400 or
// 404 of a wrong path or a proxy, nor a question without a token.
// [WithAdmissionLimit] bounds how many answers are remembered.
//
// A player of an app whose Methods lack playHLS is admitted without a question. There is an
// exception, since the app key comes from the player's URL: where the backend is asked about
// players without a key, that player is refused with an error that matches [ErrConfig].
// Where hls_auth_enabled is false, all players are admitted without a question, and a line
// in the log says so once. It is safe for concurrent use; when ctx ends, it returns at once.
func (c *Client) AdmitHLS(ctx context.Context, p *Playback) error {
	if !c.made() {
		return fmt.Errorf("admit: %w", errNoClient)
	}
	s := c.state.Load()
	cfg := s.cfg
	if !cfg.HLSAuthEnabled {
		c.warnOnce(&s.hlsTold, "hls_auth_enabled is false: AdmitHLS admits every player unasked")
		return nil
	}
	if p == nil || tokenOf(p) == "" || cfg.HLSAuthTokenCache == 0 {
		_, err := c.askPlayer(ctx, PlayHLS, p)
		return err
	}
	shown := *p
	shown.SessionID = ""
	keep := verdicts.Lifetimes{Allowed: cfg.HLSAuthTokenCache, Denied: cfg.HLSAuthTokenCache / 5}
	return c.admit(ctx, c.admitted.hls, PlayHLS, p, verdicts.Question{Asked: digestOf(PlayHLS, &shown)}, keep)
}

// tokenOf is the token of an HLS player, in the new form or the old.
func tokenOf(p *Playback) string {
	if token, ok := p.Custom["token"].(string); ok {
		return token
	}
	return p.Token
}

// rtspLifetimes bound how long an answer for an RTSP session is remembered, if
// the session does not end before.
func rtspLifetimes() verdicts.Lifetimes {
	return verdicts.Lifetimes{Allowed: 12 * time.Hour, Denied: time.Minute}
}

// AdmitRTSP asks the backend whether a player may play over RTSP: it sends
// [PlayRTSP] and returns its error. Call it for each request of an RTSP session. For one
// session id and the same app, name, token and other fields of the payload the backend is
// asked once, until [Client.ForgetRTSP] or for 12 hours; node and media session may differ,
// and another token is another question. A refusal is remembered for a minute. A failure to ask is not remembered, nor is a
// status that usually has another reason, such as 400 or 404 of a wrong path or a
// proxy, nor a question without a session id. Of a session the last 8 answers are remembered;
// [WithAdmissionLimit] bounds how many of all.
//
// Where rtsp_server_auth_enabled is false, all players are admitted without a question. For
// an app that is not asked, see AdmitHLS.
// It is safe for concurrent use; when ctx ends, it returns at once.
func (c *Client) AdmitRTSP(ctx context.Context, p *Playback) error {
	if !c.made() {
		return fmt.Errorf("admit: %w", errNoClient)
	}
	if s := c.state.Load(); !s.cfg.RTSPServerAuthEnabled {
		c.warnOnce(&s.rtspTold, "rtsp_server_auth_enabled is false: AdmitRTSP admits every player unasked")
		return nil
	}
	if p == nil || p.SessionID == "" {
		_, err := c.askPlayer(ctx, PlayRTSP, p)
		return err
	}
	shown := *p
	shown.Name = canonicalName(p.Name)
	q := verdicts.Question{Group: verdicts.DigestOf([]byte(p.SessionID)), Asked: digestOf(PlayRTSP, &shown)}
	return c.admit(ctx, c.admitted.rtsp, PlayRTSP, p, q, rtspLifetimes())
}

// ForgetRTSP forgets all answers for an RTSP session that has ended, those that
// are still to come too. It is safe for concurrent use.
func (c *Client) ForgetRTSP(sessionID string) {
	if !c.made() {
		return
	}
	c.admitted.rtsp.Forget(verdicts.DigestOf([]byte(sessionID)))
}

// digestOf is a digest of what the backend is shown, without the ids of the node and of the
// media session, which say nothing about the player.
func digestOf(hook Hook[Playback], p *Playback) verdicts.Digest {
	p.NodeID, p.MediaSessionID = "", ""
	p.AppKey = cmp.Or(p.AppKey, defaultAppKey)
	body, err := hook.encode(nil, p, nil)
	if err != nil {
		return verdicts.Digest{} // it can't be sent either
	}
	return verdicts.DigestOf(body)
}

func (c *Client) admit(ctx context.Context, answers *verdicts.Cache, hook Hook[Playback], p *Playback, q verdicts.Question, keep verdicts.Lifetimes) error {
	if ctx == nil || q.Asked == (verdicts.Digest{}) {
		_, err := c.askPlayer(ctx, hook, p)
		return err
	}
	answered, err := answers.Ask(ctx, q, keep, func() (verdicts.Verdict, error) { return c.askPlayer(ctx, hook, p) })
	if !answered {
		return &Error{Hook: hook.name, Kind: faultCanceled, Action: ActionBreak, Err: ended(ctx)}
	}
	return err
}

// askPlayer sends the hook.
func (c *Client) askPlayer(ctx context.Context, hook Hook[Playback], p *Playback) (verdicts.Verdict, error) {
	_, x, err := hook.exchange(ctx, c, p, complete)
	if err == nil && !x.Sent && !x.Fallback && c.asks(hook.name) {
		err = x.refuse(ctx, c, errPlayersChoice)
	}
	return verdictOn(x.Sent && !x.Fallback, err), err
}

// verdictOn is what the backend has said about a player. Where hooks are disabled, or a
// fallback has allowed him, it has said nothing.
func verdictOn(sent bool, err error) verdicts.Verdict {
	switch {
	case err == nil && sent:
		return verdicts.Allowed
	case refusesPlayer(err):
		return verdicts.Denied
	case errors.Is(err, ErrCanceled), errors.Is(err, errNoTime):
		return verdicts.Abandoned // the caller gave up; others may still wait for an answer
	}
	return verdicts.Failed
}

// errPlayersChoice refuses a player of an app that is not asked, where the backend is asked
// about players without an app key: the player chose the key.
var errPlayersChoice = fmt.Errorf("%w: its app is not asked about players, but they are asked about where they name none", ErrConfig)

// asks reports whether the backend is asked about players without an app key.
func (c *Client) asks(method string) bool {
	s := c.state.Load()
	own, err := s.app("")
	return err == nil && own.enabled(method) && !s.cfg.DisableRestRequests
}

// refusesPlayer reports whether the backend has denied the player. Some statuses
// that deny usually mean a wrong path or a proxy.
func refusesPlayer(err error) bool {
	fault, ok := errors.AsType[*Error](err)
	return ok && Denied(err) && hint(fault.Status) == ""
}

// keptReason is how much of a refusal's answer is remembered.
const keptReason = 256

// remembered is the error that the cache keeps.
func remembered(err error) error {
	fault, ok := errors.AsType[*Error](err)
	if !ok || len(fault.Answer) <= keptReason {
		return err
	}
	short := *fault
	short.Answer = bytes.Clone(fault.Answer[:keptReason])
	return &short
}
