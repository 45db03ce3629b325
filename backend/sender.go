package backend

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// SenderConfig says how to reach media servers. The zero SenderConfig has the defaults.
type SenderConfig struct {
	// URL returns the URL of a node's REST API, as http or https; a name and password in
	// it are sent as HTTP Basic auth. The default trusts the node ids in hooks: set a
	// function that allows known nodes only, unless every sender of hooks is trusted. It
	// must be safe for concurrent use. Default: [NodeURL].
	URL func(node string) (string, error)
	// Timeout bounds a request to a node. Default: 5 seconds.
	Timeout time.Duration
	// Transport makes the requests. Default: one of the Sender's own, without a
	// proxy, with at most 16 connections to a node.
	Transport http.RoundTripper
}

// Sender sends data to connected clients, through the REST APIs of their media
// servers (docs/protocol.md, 4.5). Make one with [NewSender] and share it: it
// is safe for concurrent use.
type Sender struct {
	url     func(node string) (string, error)
	timeout time.Duration
	client  *http.Client
	own     *http.Transport // nil if the caller gave one
}

// mostSessions is how many sessions one request has at most.
const mostSessions = 1000

// NewSender makes a sender. It returns an error that matches
// [resthook.ErrConfig] for a negative timeout.
func NewSender(cfg SenderConfig) (*Sender, error) {
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("%w: sender: a timeout of %v", resthook.ErrConfig, cfg.Timeout)
	}
	s := &Sender{url: cfg.URL, timeout: cmp.Or(cfg.Timeout, 5*time.Second)}
	if s.url == nil {
		s.url = NodeURL
	}
	s.client = &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if cfg.Transport == nil {
		s.own = newTransport(s.timeout)
		s.client.Transport = s.own
	}
	return s, nil
}

// newTransport sets a timeout for dialing: net/http goes on dialing after a request ends.
func newTransport(timeout time.Duration) *http.Transport {
	const most = 16 // connections to a node
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		TLSHandshakeTimeout:    timeout,
		MaxConnsPerHost:        most,
		MaxIdleConnsPerHost:    most,
		IdleConnTimeout:        50 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
	}
}

// Close closes the idle connections.
func (s *Sender) Close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// Send sends a payload to sessions: [Sessions.All], [Sessions.Of], or slices.Values of
// any sessions. Of data, only Payload and OperationID are used; an empty OperationID
// becomes a new id. All nodes are sent to concurrently, with up to a thousand sessions in
// a request: a node that is down delays no other. Nodes skip clients that are gone.
//
// A handler should call Send after its answer, since the media server waits for that: on a
// goroutine, with a context that does not end with the hook's ([context.WithoutCancel]).
// Call it before the answer only if the answer must mean that the message was sent, and
// then with a Timeout of a second or two. Two concurrent messages may arrive in either
// order; if the order matters, send from one goroutine that reads them from a queue.
//
// The error joins the errors of all nodes, each with the node's id. Send returns when all
// nodes have answered, failed or timed out, and at once when ctx ends; then the joined
// error has ctx's error. Nothing is retried.
func (s *Sender) Send(ctx context.Context, to iter.Seq[Session], data *resthook.Data) error {
	message, err := messageOf(data)
	if err != nil {
		return err
	}
	nodes := map[string][]string{}
	for session := range to {
		nodes[session.Node] = append(nodes[session.Node], session.ID)
	}
	return s.each(nodes, func(node string, sessions []string) error {
		return s.sendTo(ctx, node, sessions, message)
	})
}

// each calls do for all nodes concurrently, and joins the errors in the order of the
// nodes' ids.
func (s *Sender) each(nodes map[string][]string, do func(node string, sessions []string) error) error {
	names := slices.Sorted(maps.Keys(nodes))
	faults := make([]error, len(names))
	var group sync.WaitGroup
	for i, node := range names {
		group.Go(func() {
			if err := do(node, nodes[node]); err != nil {
				faults[i] = fmt.Errorf("send to node %.40q: %w", node, err)
			}
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// sendTo sends to the sessions of a node, up to the first request that fails.
func (s *Sender) sendTo(ctx context.Context, node string, sessions []string, m message) error {
	base, err := s.url(node)
	if err != nil {
		return bare(err)
	}
	for chunk := range slices.Chunk(sessions, mostSessions) {
		m.NodeID, m.SessionIDs = node, chunk
		body, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if err := s.post(ctx, base+"/data/send", body); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) post(ctx context.Context, address string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the url of the node does not parse") // it may hold a password
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return bare(err)
	}
	defer resp.Body.Close()
	const most = 64 << 10
	_, _ = io.CopyN(io.Discard, resp.Body, most) // so that the connection can be reused
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// bare is the error as one line without the URL, which may have a password.
func bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return redact.Error(err, longest)
}

// message is the body of data/send.
type message struct {
	NodeID      string          `json:"nodeId"`
	OperationID string          `json:"operationId"`
	SessionIDs  []string        `json:"sessionIds"`
	Payload     json.RawMessage `json:"payload"`
}

func messageOf(data *resthook.Data) (message, error) {
	if data == nil || data.Payload == nil {
		return message{}, fmt.Errorf("%w: send: no payload", resthook.ErrConfig)
	}
	text, err := resthook.Data{Payload: data.Payload}.MarshalJSON()
	if err != nil {
		return message{}, fmt.Errorf("%w: send: %w", resthook.ErrConfig, err)
	}
	payload, _ := jsontext.Get(text, "payload")
	return message{OperationID: cmp.Or(data.OperationID, newOperation()), Payload: payload}, nil
}

// newOperation makes a random UUID.
func newOperation() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
