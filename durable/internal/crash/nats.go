package crash

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a NATS server with JetStream, alone or of a cluster.
type NATS struct {
	Name   string
	Dir    string
	Host   string
	Port   int
	Routes []string // where the servers of the cluster reach each other, the own one first; empty: it is alone
}

// Run plays the server until in ends. It writes the line "ready" to out when clients can connect.
func (n *NATS) Run(in io.Reader, out, _ io.Writer) error {
	o := &server.Options{
		ServerName: n.Name, JetStream: true, StoreDir: n.Dir, Host: n.Host, Port: n.Port, NoSigs: true, NoLog: true,
		JetStreamMaxStore: 8 << 30, JetStreamMaxMemory: 256 << 20, MaxPayload: 8 << 20,
	}
	if len(n.Routes) > 0 {
		own, err := net.ResolveTCPAddr("tcp", n.Routes[0])
		if err != nil {
			return fmt.Errorf("nats: %w", err)
		}
		o.Cluster = server.ClusterOpts{Name: "crash", Host: n.Host, Port: own.Port}
		for _, addr := range n.Routes {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: addr})
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		return errors.New("nats: it is not ready after 30 s")
	}
	(&speaker{out: out}).line("ready")
	_, _ = io.Copy(io.Discard, in)
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}
