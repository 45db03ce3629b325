package crash

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook"
)

const (
	accepted = http.StatusOK
	// refusedFor is how long a session is refused, of each refusedEvery: at any time, a fifth of them.
	refusedFor   = 1200 * time.Millisecond
	refusedEvery = 5 * refusedFor
	// lateBy is how late an event in two hundred is answered.
	lateBy = 2 * time.Second
)

// Backend is a backend that notes every request in a ledger. At any time it
// refuses a fifth of the sessions: it resets the connection at an event's first attempt, and answers
// 503 from then on. Some events are answered late. The path of a request begins with the name of the media server.
type Backend struct {
	ledger *Ledger
	addr   string
	in     *space
	calm   atomic.Bool // it refuses nothing any more, and is never late

	mu     sync.Mutex
	server *http.Server
	served sync.WaitGroup
	resets map[string]bool // ids that have been reset once
}

// NewBackend starts a backend on the loopback interface.
func NewBackend(l *Ledger) (*Backend, error) { return newBackend(l, nil, "127.0.0.1:0") }

// newBackend starts a backend in a network namespace.
func newBackend(l *Ledger, in *space, addr string) (*Backend, error) {
	b := &Backend{ledger: l, in: in, addr: addr, resets: map[string]bool{}}
	return b, b.Up()
}

// URL is where a media server sends its hooks.
func (b *Backend) URL(server string) string { return "http://" + b.addr + "/" + server }

// Up brings the backend to its address, where it is not there.
func (b *Backend) Up() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server != nil {
		return nil
	}
	listener, err := b.in.listen(b.addr)
	if err != nil {
		return fmt.Errorf("backend: %w", err)
	}
	b.addr = listener.Addr().String()
	server := &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	b.server = server
	b.served.Go(func() { _ = server.Serve(listener) }) // it ends with Close
	return nil
}

// Down takes it off the network: connections are refused, and those that are open end.
func (b *Backend) Down() {
	b.mu.Lock()
	server := b.server
	b.server = nil
	b.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	b.served.Wait()
}

// payload is what the backend, and the media server itself, read of an event.
type payload struct {
	Session string `json:"sessionId"`
	Media   string `json:"mediaSessionId"`
	Status  string `json:"status"`
	Custom  struct {
		N int `json:"n"`
	} `json:"custom"`
}

// ServeHTTP implements [http.Handler].
func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var p payload
	if err = errors.Join(err, json.Unmarshal(body, &p)); err != nil {
		http.Error(w, "not a hook", http.StatusBadRequest)
		return
	}
	sequence, _ := strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64)
	request := Request{
		At: time.Now(), Server: path.Base(path.Dir(r.URL.Path)), Hook: path.Base(r.URL.Path), ID: r.Header.Get(resthook.HeaderID), Sequence: sequence,
		Session: p.Session, Media: p.Media, N: p.Custom.N, Status: p.Status, Recovered: r.Header.Get(resthook.HeaderRecovered) == "true",
	}
	request.Answer = b.answer(&request)
	b.ledger.Received(request)
	if !b.calm.Load() && slow(&request) {
		time.Sleep(lateBy)
	}
	switch request.Answer {
	case 0:
		reset(w)
	case accepted:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	default:
		w.WriteHeader(request.Answer)
	}
}

// answer decides about a request. An event is reset once at most: one that may have come several times
// is given up.
func (b *Backend) answer(r *Request) int {
	if r.Hook == "connect" || b.calm.Load() || !refused(r.Session, r.At) {
		return accepted
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.resets[r.ID] {
		return http.StatusServiceUnavailable
	}
	b.resets[r.ID] = true
	return 0
}

func refused(session string, at time.Time) bool {
	slot := time.Duration(hash(session)%5) * refusedFor
	return (time.Duration(at.UnixNano())+slot)%refusedEvery < refusedFor
}

func hash(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// slow reports whether an event is answered late, so that attempts are under way when something happens.
func slow(r *Request) bool { return r.Hook != "connect" && hash(r.ID)%200 == 0 }

// reset ends the connection of a request at once.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
