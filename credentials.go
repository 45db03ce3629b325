package resthook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/redact"
)

// Credentials are what the hooks of an app are authorized and signed with.
type Credentials struct {
	Username       string   // as in [App]
	Password       Secret   // as in [App]
	SigningSecrets []Secret // as in [App]
	// RefreshAt is when the function is called again. The old credentials are used until it has
	// returned, so choose a time before they expire. Default, zero: only at [Client.Reload] and after
	// a 401.
	RefreshAt time.Time
}

const (
	// credentialsTime bounds the calls of App.Credentials for all apps.
	credentialsTime = 10 * time.Second
	// The shortest time between two calls, and that after one that failed.
	credentialsPause = 10 * time.Second
)

// with is the app with credentials of its function.
func (a App) with(given Credentials) App {
	a.Username, a.Password, a.SigningSecrets = given.Username, given.Password, given.SigningSecrets
	return a
}

// checkCredentials refuses an app that has them in two ways.
func (a App) checkCredentials() error {
	if a.Credentials != nil && (a.Username != "" || a.Password.Reveal() != "" || len(a.SigningSecrets) > 0) {
		return fmt.Errorf("%w: %scredentials and a function for them: give one or the other", ErrConfig, a.title())
	}
	return nil
}

// fetch calls the app's function for its credentials.
func (a App) fetch(ctx context.Context) (Credentials, error) {
	given, err := a.Credentials(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("%w: %scredentials: %w", ErrConfig, a.title(), redact.Error(err, longestCause))
	}
	given.SigningSecrets = slices.Clone(given.SigningSecrets)
	return given, nil
}

// credentials are those of the apps that have a function, by key.
type credentials map[string]Credentials

func fetchAll(ctx context.Context, apps []App) (credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, credentialsTime)
	defer cancel()
	all, faults := credentials{}, []error(nil)
	for _, a := range apps {
		if a.Credentials == nil || a.checkCredentials() != nil {
			continue
		}
		given, err := a.fetch(ctx)
		all[a.Key] = given
		faults = append(faults, err)
	}
	return all, errors.Join(faults...)
}

// earliest is when the next of them are to be fetched; zero: never.
func (c credentials) earliest() (at time.Time) {
	for _, one := range c {
		if !one.RefreshAt.IsZero() && (at.IsZero() || one.RefreshAt.Before(at)) {
			at = one.RefreshAt
		}
	}
	return at
}

// renewal calls the functions for credentials when it is time.
type renewal struct {
	mu    sync.Mutex
	timer *time.Timer
	ended bool
	last  time.Time       // when they were fetched last
	due   map[string]bool // apps whose backend has refused the credentials
}

// renewLater sets the timer for the credentials of a state.
func (c *Client) renewLater(s *state) {
	c.renewal.mu.Lock()
	defer c.renewal.mu.Unlock()
	if len(s.credentials) > 0 {
		c.renewal.last = time.Now()
	}
	switch at := s.credentials.earliest(); {
	case len(c.renewal.due) > 0: // refused meanwhile
		c.renewIn(0)
	case !at.IsZero():
		c.renewIn(time.Until(at))
	}
}

// renewIn has the credentials fetched after a wait, not sooner than allowed. The lock is held.
func (c *Client) renewIn(wait time.Duration) {
	r := &c.renewal
	if r.ended {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	if !r.last.IsZero() {
		wait = max(wait, time.Until(r.last.Add(credentialsPause)))
	}
	r.timer = time.AfterFunc(max(wait, 0), func() { c.apart(c.renewCredentials) })
}

// refused has the credentials of an app fetched again, where a backend has answered 401.
func (c *Client) refused(a *app, status int) {
	if status != http.StatusUnauthorized || !a.fetches {
		return
	}
	c.renewal.mu.Lock()
	defer c.renewal.mu.Unlock()
	if c.renewal.due[a.key] {
		return
	}
	if c.renewal.due == nil {
		c.renewal.due = map[string]bool{}
	}
	c.renewal.due[a.key] = true
	c.renewIn(0)
}

// forget drops refusals of credentials that a Reload has replaced.
func (r *renewal) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due = nil
}

func (r *renewal) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.timer != nil {
		r.timer.Stop()
	}
}

// begin returns the apps whose backend has refused the credentials.
func (r *renewal) begin() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.due
	r.due, r.last = nil, time.Now() // so that none begins beside it
	return due
}

// renewCredentials fetches the credentials that are due, and puts them in force. Where that
// fails, the old ones stay.
func (c *Client) renewCredentials() {
	before, refused := c.state.Load(), c.renewal.begin()
	returned := false
	defer func() {
		if !returned { // foreign code has panicked
			c.renewal.mu.Lock()
			defer c.renewal.mu.Unlock()
			c.renewIn(credentialsPause)
		}
	}()
	ctx, cancel := context.WithTimeout(c.events.pulling, credentialsTime)
	defer cancel()
	fetched := maps.Clone(before.credentials)
	for _, a := range before.given {
		old, fetches := before.credentials[a.Key]
		if !fetches || !refused[a.Key] && (old.RefreshAt.IsZero() || time.Now().Before(old.RefreshAt)) {
			continue
		}
		given, err := a.fetch(ctx)
		if err == nil {
			_, err = newApp(a.with(given), c.opts, before.cfg, nil)
		}
		if err != nil {
			c.logCredentials(err)
			given, given.RefreshAt = old, time.Now().Add(credentialsPause)
		}
		fetched[a.Key] = given
	}
	returned = true
	s, err := c.putCredentials(before, fetched)
	if err != nil {
		c.logCredentials(err)
		s = before
	}
	c.renewLater(s)
}

// putCredentials puts credentials in force, unless a Reload has fetched others meanwhile. It
// returns the state that is in force.
func (c *Client) putCredentials(before *state, fetched credentials) (*state, error) {
	c.reload.Lock()
	defer c.reload.Unlock()
	if now := c.state.Load(); now != before {
		return now, nil
	}
	s, err := c.opts.newState(before.cfg, before.given, fetched, before)
	if err != nil {
		return nil, err
	}
	s.number = before.number
	s.hlsTold.Store(before.hlsTold.Load())
	s.rtspTold.Store(before.rtspTold.Load())
	c.state.Store(s)
	return s, nil
}

func (c *Client) logCredentials(err error) {
	c.opts.logger.LogAttrs(context.Background(), slog.LevelError, "credentials not read", slog.Any("error", redact.Error(err, longestCause)))
}
