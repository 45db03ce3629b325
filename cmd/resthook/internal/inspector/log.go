package inspector

import (
	"strconv"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/internal/redact"
)

// logged is what a line says of a hook beside its method and its answer: never its
// payload.
func (x *exchange) logged() string {
	text := ""
	if x.session != "" {
		text = " session=" + terminal.Printable(x.session)
	}
	if x.fault.blame != "" {
		text += ": " + redact.Line(x.fault.String(), longestName)
	}
	return text
}

// logLine logs one line: what it was and how it was answered.
func (h *hooks) logLine(what string, status int, took time.Duration, rest string) {
	if h.log == nil {
		return
	}
	outcome := "dropped"
	if status != 0 {
		outcome = strconv.Itoa(status)
	}
	h.log.Printf("%s %s %.1fms%s", terminal.Printable(what), outcome, float64(took.Microseconds())/1000, rest)
}
