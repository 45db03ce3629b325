package inspector

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Who caused a fault.
const (
	blameBackend = "backend"
	blameRule    = "rule"
	blameServer  = "server" // the media server
)

// The results.
const (
	resultOK      = "ok"
	resultChanged = "changed" // the answer has other values than the request
	resultDenied  = "denied"
	resultFailed  = "failed" // an interaction error for the media server
	resultDropped = "dropped"
	resultWrong   = "wrong" // it was not a hook
)

// fault is what went wrong and who caused it.
type fault struct{ blame, text string }

// String is the fault in one line.
func (f fault) String() string {
	switch f.blame {
	case "":
		return ""
	case blameServer:
		return "media server: " + f.text
	}
	return f.blame + ": " + f.text
}

// verdict is the result of an exchange.
type verdict struct {
	result  string
	fault   fault
	changes []recording.Change
}

// verdict classifies the answer as the media server would.
func (x *exchange) verdict() verdict {
	switch {
	case x.notHook != "":
		return verdict{result: resultWrong, fault: fault{blameServer, x.notHook}}
	case x.Status == 0:
		return verdict{result: resultDropped, fault: x.fault}
	case x.Status == http.StatusUnauthorized || x.Status == http.StatusForbidden:
		return verdict{result: resultDenied, fault: x.blamed(x.said("denied"))}
	case x.Status != http.StatusOK:
		return verdict{result: resultFailed, fault: x.blamed(x.said("status " + strconv.Itoa(x.Status)))}
	}
	if why := x.unreadable(); why != "" {
		return verdict{result: resultFailed, fault: x.blamed(why)}
	}
	if changes := taken(x.Request, x.Answer); len(changes) > 0 {
		return verdict{result: resultChanged, changes: changes}
	}
	return verdict{result: resultOK}
}

// blamed is the fault noted in the exchange, or else a fault of whoever answered.
func (x *exchange) blamed(text string) fault {
	switch {
	case x.fault.blame != "":
		return x.fault
	case x.rule.answers():
		return fault{blameRule, text}
	case x.asked > 0:
		return fault{blameBackend, text}
	}
	return fault{blameServer, text} // a mirror refuses only requests that are not hooks
}

// said is what the answer was, with its reason if it has one.
func (x *exchange) said(what string) string {
	if to := x.answered.Get("Location"); to != "" && x.Status/100 == 3 {
		return fmt.Sprintf("%s, a redirect to %s, which no media server follows", what, cut(to, longestName))
	}
	if words := resthook.Reason(&resthook.Error{Answer: x.Answer}); words != "" {
		return what + ": " + words
	}
	return what
}

// unreadable is why the media server would reject an answer with status 200; empty if it
// would accept it.
func (x *exchange) unreadable() string {
	answer := jsontext.TrimBOM(x.Answer)
	if jsontext.Check(answer) != nil {
		return "the answer is not one JSON object"
	}
	if x.Method != resthook.Connect.Name() {
		return ""
	}
	if policy, ok := jsontext.Get(answer, "restClientConfig"); ok && !jsontext.IsNull(policy) {
		if _, err := resthook.ParsePolicy(policy); err != nil {
			return err.Error()
		}
	}
	return ""
}

// taken is what a media server could take from an answer: the fields in it that differ
// from the request. A field that is missing or null changes nothing.
func taken(request, answer []byte) []recording.Change {
	answer = jsontext.TrimBOM(answer)
	if bytes.Equal(request, answer) || !recording.IsObject(request) || !recording.IsObject(answer) {
		return nil
	}
	var found []recording.Change
	for _, c := range recording.Changes(request, answer) {
		if c.Is != "" && c.Is != "null" {
			found = append(found, c)
		}
	}
	return found
}
