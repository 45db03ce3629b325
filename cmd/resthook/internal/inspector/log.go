package inspector

import (
	"log"
	"strconv"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// logTo returns a sink that logs one line for each hook: what it was and how it
// was answered, never its payload.
func logTo(logger *log.Logger) sink {
	return func(x exchange) {
		outcome := "dropped"
		if x.Status != 0 {
			outcome = strconv.Itoa(x.Status)
		}
		logLine(logger, x.Method, outcome, x.Duration, x.session)
	}
}

func logLine(logger *log.Logger, what, outcome string, took time.Duration, session string) {
	if session != "" {
		session = " session=" + terminal.Printable(session)
	}
	logger.Printf("%s %s %.1fms%s", terminal.Printable(what), outcome, float64(took.Microseconds())/1000, session)
}
