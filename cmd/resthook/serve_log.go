package main

import (
	"log"
	"strconv"
	"time"
)

// logTo returns a sink that logs one line for each hook: what it was and how it
// was answered, never its payload.
func logTo(logger *log.Logger) sink {
	return func(x exchange) {
		outcome := "dropped"
		if x.status != 0 {
			outcome = strconv.Itoa(x.status)
		}
		logLine(logger, x.method, outcome, x.duration, x.session)
	}
}

func logLine(logger *log.Logger, what, outcome string, took time.Duration, session string) {
	if session != "" {
		session = " session=" + printable(session)
	}
	logger.Printf("%s %s %.1fms%s", printable(what), outcome, float64(took.Microseconds())/1000, session)
}
