package inspector

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
)

// answerJSON answers the page with JSON.
func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a page that is gone needs no answer
}

// fail says to the page what went wrong.
func fail(w http.ResponseWriter, status int, reason string) {
	answerJSON(w, status, map[string]string{"error": reason})
}

// readJSON reads what a page sends. It has answered where it returns false.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	const most = 16 << 20
	if !isOfType(w, r, "application/json") {
		return nil, false
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		fail(w, http.StatusBadRequest, "what was sent cannot be read: "+err.Error())
		return nil, false
	}
	return text, true
}

// isOfType tells whether a request has the content type. No site but the page's
// own can send these. It has answered where it returns false.
func isOfType(w http.ResponseWriter, r *http.Request, want string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != want {
		fail(w, http.StatusUnsupportedMediaType, "the content type must be "+want)
		return false
	}
	return true
}
