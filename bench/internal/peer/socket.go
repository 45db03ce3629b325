package peer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

func socketEntry() Entry {
	return Entry{
		Name: "one socket, prebuilt bytes", Does: "the physical limit: nothing encoded, the answer not decoded, a socket for each caller",
		Open: func(t Target) (Contestant, error) {
			target, err := url.Parse(t.hookURL())
			if err != nil {
				return nil, err
			}
			return &sockets{target: target, workers: make([]socket, t.Workers)}, nil
		},
	}
}

type sockets struct {
	target  *url.URL
	workers []socket
}

// socket is a connection whose answers are all as long as the first.
type socket struct {
	conn    net.Conn
	request []byte
	answer  []byte
}

func (c *sockets) Send(ctx context.Context, worker int) error {
	s := &c.workers[worker]
	if s.conn == nil {
		return s.open(ctx, c.target, worker)
	}
	if _, err := s.conn.Write(s.request); err != nil {
		return err
	}
	if _, err := io.ReadFull(s.conn, s.answer); err != nil {
		return err
	}
	if !bytes.HasPrefix(s.answer, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answered with %.20q", s.answer)
	}
	return nil
}

// open sends the first hook with net/http's reader, and keeps its length.
func (s *socket) open(ctx context.Context, target *url.URL, worker int) error {
	body, err := json.Marshal(payload(worker))
	if err != nil {
		return err
	}
	s.request = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		target.Path, target.Host, len(body), body)
	if s.conn, err = new(net.Dialer).DialContext(ctx, "tcp", target.Host); err != nil {
		return err
	}
	if _, err := s.conn.Write(s.request); err != nil {
		return err
	}
	s.answer, err = readOne(s.conn)
	return err
}

// readOne reads one answer, as it came.
func readOne(conn io.Reader) ([]byte, error) {
	var text bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &text)), nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	return text.Bytes(), nil
}

func (c *sockets) Close() error {
	for i := range c.workers {
		if conn := c.workers[i].conn; conn != nil {
			conn.Close()
		}
	}
	return nil
}
