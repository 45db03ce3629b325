// Package backend is the other side of the benchmarks, in a process of its own:
// a server that answers hooks in one way at a time, after a delay, and counts
// the connections that it accepts.
package backend

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Subcommand is the argument with which the benchmark's program serves.
const Subcommand = "backend"

// server is the child's side. fasthttp costs a third of what net/http's server
// does, so that the client is what is measured.
type server struct {
	answer   atomic.Pointer[answer]
	delay    atomic.Int64
	accepted atomic.Int64
	requests atomic.Int64
}

// Serve is the backend's process. It writes its address to out and obeys the
// lines of in until that ends:
//
//	answer NAME      what is answered from now on
//	delay DURATION   how long after the request
//	count            says how many connections and requests there were
func Serve(in io.Reader, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := new(server)
	if err := s.set(Changed); err != nil {
		return err
	}
	http := &fasthttp.Server{Handler: s.handle, NoDefaultServerHeader: true, Concurrency: 1 << 20}
	served := make(chan error, 1)
	go func() { served <- http.Serve(counted{listener, &s.accepted}) }()
	fmt.Fprintln(out, listener.Addr())
	obeyed := s.obey(in, out)
	listener.Close()
	return errors.Join(obeyed, <-served)
}

func (s *server) handle(c *fasthttp.RequestCtx) {
	s.requests.Add(1)
	if delay := s.delay.Load(); delay > 0 {
		time.Sleep(time.Duration(delay))
	}
	if string(c.Path()) == "/moved" {
		text(200, "application/json", changed)(c)
		return
	}
	s.answer.Load().write(c)
}

func (s *server) set(name string) error {
	a, err := answerNamed(name)
	if err == nil {
		s.answer.Store(&a)
	}
	return err
}

func (s *server) obey(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		reply, err := s.do(word, rest)
		if err != nil {
			reply = "error " + err.Error()
		}
		fmt.Fprintln(out, reply)
	}
	return lines.Err()
}

func (s *server) do(word, rest string) (reply string, err error) {
	switch word {
	case "answer":
		return "ok", s.set(rest)
	case "delay":
		delay, err := time.ParseDuration(rest)
		s.delay.Store(int64(delay))
		return "ok", err
	case "count":
		return fmt.Sprintf("count %d %d", s.accepted.Load(), s.requests.Load()), nil
	}
	return "", fmt.Errorf("no command %q", word)
}

// counted counts what it accepts.
type counted struct {
	net.Listener

	accepted *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}
