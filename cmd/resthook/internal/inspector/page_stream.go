package inspector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

const (
	// batch is how many hooks an event tells of at most.
	batch = 500
	// breath is the pause between two events: a burst of hooks becomes a few.
	breath = 100 * time.Millisecond
	// heartbeat is how often a page hears something: it shows a page that is gone.
	heartbeat = 15 * time.Second
	// pageTime is how long a page may take to take in an event.
	pageTime = 10 * time.Second
)

// events tells a page of the hooks and the rules until it goes or the server
// ends. It holds no hook up and buffers nothing: it reads on in the journal
// when the page has taken in what it was sent.
func (i *inspector) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{w: w, conn: http.NewResponseController(w), place: lastPlace(r)}
	s.write("retry: 1000\n\n") // ms until a page that lost the connection tries again
	s.send("", "state", i.state())
	for s.err == nil {
		changed := i.changed.wait()
		s.sendRules(i.rules.current())
		if s.sendHooks(i.journal.from(s.place, batch)) {
			pause(r, nil, breath)
		} else if !pause(r, changed, heartbeat) {
			s.beat()
		}
		if r.Context().Err() != nil {
			return
		}
	}
}

// pause waits for d, or until woken; it returns whether it was woken.
func pause(r *http.Request, woken <-chan struct{}, d time.Duration) bool {
	select {
	case <-woken:
		return true
	case <-r.Context().Done():
		return true
	case <-time.After(d):
		return false
	}
}

// stream is the events of one page.
type stream struct {
	w     http.ResponseWriter
	conn  *http.ResponseController
	place place  // what has been sent of the journal
	rules uint64 // the edition of the rules that has been sent
	err   error  // the first fault; nothing is sent after it
}

// sendHooks tells of what is new in the journal, if anything is.
func (s *stream) sendHooks(news extract) bool {
	s.place = news.place
	if len(news.entries) == 0 && !news.anew {
		return false
	}
	hooks := make([]hookView, len(news.entries))
	for n, e := range news.entries {
		hooks[n] = e.view()
	}
	s.send(news.place.String(), "hooks", map[string]any{
		"run": news.place.run, "anew": news.anew, "letGo": news.letGo, "hooks": hooks,
	})
	return true
}

func (s *stream) sendRules(e *edition) {
	if e.number != s.rules {
		s.rules = e.number
		s.send("", "rules", e.view())
	}
}

func (s *stream) send(id, event string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		s.err = err
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	s.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, event, text))
}

// beat is a comment: the page is told nothing.
func (s *stream) beat() { s.write(":\n\n") }

func (s *stream) write(text string) {
	if s.err != nil {
		return
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(pageTime))
	if _, s.err = fmt.Fprint(s.w, text); s.err == nil {
		s.err = s.conn.Flush()
	}
}

// String is the place as the id of an event.
func (p place) String() string { return p.run + "." + strconv.FormatUint(p.after, 10) }

// lastPlace is how far a page had come when it lost its connection. What does
// not read is a place in no run.
func lastPlace(r *http.Request) place {
	run, number, _ := strings.Cut(r.Header.Get("Last-Event-ID"), ".")
	after, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return place{}
	}
	return place{run, after}
}

// state is what does not change while the server runs.
func (i *inspector) state() any {
	var methods []string
	for _, m := range resthook.Methods() {
		methods = append(methods, m.Name())
	}
	return map[string]any{"path": i.echo.prefix, "methods": methods, "kept": journalHooks}
}
