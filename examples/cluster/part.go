package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

// asPart is the environment variable that makes this program a part of the story: a NATS node or
// a media server. It has a part as JSON.
const asPart = "RESTHOOK_CLUSTER_PART"

// part is what a process of the story is.
type part struct {
	Name string
	Dir  string // where it keeps what it stores, if it does

	// A NATS node listens for the others at a port, and knows theirs.
	Port  int
	Ports []int

	// A media server has sessions, a backend, and NATS where it has no Dir.
	Sessions int
	Backend  string
	NATS     string
}

// What a part says on its standard output, a line each.
const (
	saysReady    = "ready"    // and a NATS node its URL
	saysRecorded = "recorded" // an event, of the session that follows
)

// runPart is the whole life of a part. It ends when its standard input does: then the story has
// ended, or was killed.
func runPart(text string) error {
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return fmt.Errorf("%s: %w", asPart, err)
	}
	signal.Ignore(os.Interrupt) // Ctrl-C is for the story, which ends its parts
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	if p.Sessions == 0 {
		return serveNATS(ctx, p, os.Stdout)
	}
	return serveMedia(ctx, p, os.Stdout)
}

// listen calls heard with each line that a part says, in two words.
func listen(out io.Reader, heard func(word, rest string)) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		heard(word, rest)
	}
}
