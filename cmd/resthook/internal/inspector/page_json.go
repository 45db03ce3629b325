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

// fail answers the page with an error.
func fail(w http.ResponseWriter, status int, reason string) {
	answerJSON(w, status, map[string]string{"error": reason})
}

// readJSON reads what the page sends. If it returns false, it has answered the request.
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

// isOfType reports whether a request has the content type. Other sites cannot send these
// types. If it returns false, it has answered the request.
func isOfType(w http.ResponseWriter, r *http.Request, want string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != want {
		fail(w, http.StatusUnsupportedMediaType, "the content type must be "+want)
		return false
	}
	return true
}
