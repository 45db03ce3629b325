package resthook

import "net/http"

// hint says what to look at after a 4xx that mostly no backend has decided on: it
// comes of a wrong URL, or of a proxy. It is empty for any other status.
func hint(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusMisdirectedRequest:
		return "look at the path and host in the app's URL, and at the proxies before the backend"
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return "look at the limits of the backend and of the proxies before it"
	case http.StatusProxyAuthRequired:
		return "a proxy wants a password: look at the network before the backend"
	case http.StatusBadRequest, http.StatusNotAcceptable, http.StatusLengthRequired, http.StatusUnsupportedMediaType,
		http.StatusExpectationFailed, http.StatusUpgradeRequired:
		return "look at the log of the backend, and at the proxies before it"
	}
	return ""
}
