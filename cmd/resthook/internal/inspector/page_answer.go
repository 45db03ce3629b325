package inspector

import (
	"encoding/json"
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
