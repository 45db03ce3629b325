package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const loopback = "127.0.0.1"

// serveNATS is a node of a NATS cluster. It says that it is ready when the cluster has a leader.
func serveNATS(ctx context.Context, p part, out io.Writer) error {
	options := &server.Options{
		ServerName: p.Name, Host: loopback, Port: server.RANDOM_PORT, NoSigs: true,
		JetStream: true, StoreDir: p.Dir,
		Cluster: server.ClusterOpts{Name: "story", Host: loopback, Port: p.Port},
	}
	for _, port := range p.Ports {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: net.JoinHostPort(loopback, strconv.Itoa(port))})
	}
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if err := waitHealthy(ctx, s); err != nil {
		return err
	}
	fmt.Fprintln(out, saysReady, s.ClientURL())
	<-ctx.Done()
	return nil
}

// waitHealthy waits until a server takes part in its cluster.
func waitHealthy(ctx context.Context, s *server.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		health := s.Healthz(&server.HealthzOptions{})
		if health.StatusCode == http.StatusOK {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("not part of a cluster: " + health.Error)
		}
	}
}

// freePorts are ports of the loopback that nobody uses. The nodes have to know them of each other
// before they listen.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	for range n {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // when all are known, so that they differ
		address, ok := listener.Addr().(*net.TCPAddr)
		if !ok {
			return nil, os.ErrInvalid
		}
		ports = append(ports, address.Port)
	}
	return ports, nil
}
