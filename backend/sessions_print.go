package backend

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// String names the session, without its Custom, which may hold secrets.
func (s Session) String() string {
	return fmt.Sprintf("backend.Session{%.100q of %.100q at %.100q}", s.ID, s.App, s.Node)
}

// Format prints what String returns, whatever the verb.
func (s Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is the session in log/slog: a group with node, app, session, login and
// since.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("node", s.Node), slog.String("app", s.App), slog.String("session", s.ID),
		slog.String("login", s.Login), slog.Time("since", s.Since))
}

// MarshalJSON writes the session with the names of LogValue, so without its Custom.
func (s Session) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Node    string    `json:"node"`
		App     string    `json:"app"`
		Session string    `json:"session"`
		Login   string    `json:"login"`
		Since   time.Time `json:"since"`
	}{s.Node, s.App, s.ID, s.Login, s.Since})
}

// String says how many sessions there are.
func (s *Sessions) String() string { return fmt.Sprintf("backend.Sessions{%d}", s.Len()) }

// Format prints what String returns, whatever the verb.
func (s *Sessions) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }
