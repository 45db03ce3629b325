package crash

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a NATS server with JetStream on the loopback interface, alone or of a cluster.
type NATS struct {
	Name   string
	Dir    string
	Port   int
	Routes []int // the ports for the servers of the cluster, the own one first; empty: it is alone
}

// Run plays the server until in ends. It writes the line "ready" to out when clients can connect.
func (n *NATS) Run(in io.Reader, out, _ io.Writer) error {
	o := &server.Options{
		ServerName: n.Name, JetStream: true, StoreDir: n.Dir, Host: "127.0.0.1", Port: n.Port, NoSigs: true, NoLog: true,
		JetStreamMaxStore: 8 << 30, JetStreamMaxMemory: 256 << 20, MaxPayload: 8 << 20,
	}
	if len(n.Routes) > 0 {
		o.Cluster = server.ClusterOpts{Name: "crash", Host: "127.0.0.1", Port: n.Routes[0]}
		for _, port := range n.Routes {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
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
