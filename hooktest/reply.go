package hooktest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// reply answers one request, of which the body has been read.
type reply func(w http.ResponseWriter, r *http.Request, body []byte)

func mirror(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method != http.MethodPost {
		send(w, http.StatusMethodNotAllowed, []byte("{}"))
		return
	}
	send(w, http.StatusOK, body)
}

func send(w http.ResponseWriter, status int, body []byte, header ...string) {
	w.Header().Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ":")
		w.Header().Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone already
}

// drop ends the connection without an answer; if a handler just returned,
// net/http would answer 200.
func drop(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func rawFields(fields map[string]any) (map[string]json.RawMessage, error) {
	raw := make(map[string]json.RawMessage, len(fields))
	for name, value := range fields {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		raw[name] = text
	}
	return raw, nil
}

// overwrite keeps what it does not change as it was written, so that big
// numbers stay exact.
func overwrite(body []byte, changes map[string]json.RawMessage) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	if fields == nil { // the request was null
		fields = map[string]json.RawMessage{}
	}
	maps.Copy(fields, changes)
	return json.Marshal(fields)
}
