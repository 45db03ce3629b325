package crash

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
)

// network joins namespaces of media servers and NATS servers. A media server has two links: one to the
// backend and one to NATS, which can be cut by itself. The backend is in the namespace of the hub.
type network struct {
	hub   *space
	media []*place
	nats  []*place
}

// place is a namespace with its link to NATS.
type place struct {
	*space

	hub  *space
	port string // of the link, in the hub
	addr string // on the link
}

// The switches of the hub. Who is at the same one can reach each other.
const (
	backendSwitch = "backend"
	natsSwitch    = "nats"
	apartSwitch   = "apart" // where those are that are cut off from the others
	backendHost   = "10.0.1.1"
	natsPort      = 4222
	routePort     = 6222
)

// newNetwork makes a network. It needs Linux, the rights of root and the command ip.
func newNetwork(media, nats int) (n *network, err error) {
	n = new(network)
	if n.hub, err = newSpace(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	for name, addr := range map[string]string{backendSwitch: backendHost, natsSwitch: "10.0.2.1", apartSwitch: ""} {
		if err = n.addSwitch(name, addr); err != nil {
			return nil, err
		}
	}
	for i := range nats {
		if err = n.addPlace(&n.nats, fmt.Sprintf("n%d", i), fmt.Sprintf("10.0.2.%d", 100+i)); err != nil {
			return nil, err
		}
	}
	for i := range media {
		if err = n.addPlace(&n.media, fmt.Sprintf("m%d", i), fmt.Sprintf("10.0.2.%d", 10+i)); err != nil {
			return nil, err
		}
		if err = n.link(n.media[i].space, backendSwitch, fmt.Sprintf("b%d", i), fmt.Sprintf("10.0.1.%d", 10+i)); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *network) addSwitch(name, addr string) error {
	if err := n.hub.ip("link add " + name + " type bridge"); err != nil {
		return err
	}
	if addr != "" {
		if err := n.hub.ip("addr add " + addr + "/24 dev " + name); err != nil {
			return err
		}
	}
	return n.hub.ip("link set " + name + " up")
}

// addPlace makes a namespace with a link to NATS.
func (n *network) addPlace(to *[]*place, port, addr string) error {
	s, err := newSpace()
	if err != nil {
		return err
	}
	*to = append(*to, &place{space: s, hub: n.hub, port: port, addr: addr})
	return n.link(s, natsSwitch, port, addr)
}

// link links a namespace to a switch; there, the link has the name of the switch.
func (n *network) link(s *space, to, port, addr string) error {
	for _, words := range []string{
		"link add " + port + " type veth peer name " + to + " netns " + s.path(),
		"link set " + port + " master " + to,
		"link set " + port + " up",
	} {
		if err := n.hub.ip(words); err != nil {
			return err
		}
	}
	if err := s.ip("addr add " + addr + "/24 dev " + to); err != nil {
		return err
	}
	return s.ip("link set " + to + " up")
}

// cut has a place reach only others that are cut off. It gets no error: what it sends is lost.
func (p *place) cut() error { return p.hub.ip("link set " + p.port + " master " + apartSwitch) }

// join undoes cut.
func (p *place) join() error { return p.hub.ip("link set " + p.port + " master " + natsSwitch) }

// down takes the link away: what is sent is an error at once.
func (p *place) down() error { return p.ip("link set " + natsSwitch + " down") }

// up undoes down.
func (p *place) up() error { return p.ip("link set " + natsSwitch + " up") }

func (n *network) close() {
	for _, p := range slices.Concat(n.media, n.nats) {
		p.close()
	}
	n.hub.close()
}

// natsURLs are the addresses of the NATS servers.
func (n *network) natsURLs() string {
	urls := make([]string, 0, len(n.nats))
	for _, p := range n.nats {
		urls = append(urls, fmt.Sprintf("nats://%s:%d", p.addr, natsPort))
	}
	return strings.Join(urls, ",")
}

// connected is the NATS server that a process has a connection to; -1: none.
func (n *network) connected(pid int) int {
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		return -1
	}
	for i, p := range n.nats {
		ip := net.ParseIP(p.addr).To4()
		slices.Reverse(ip)
		established := fmt.Sprintf(" %s:%04X 01 ", strings.ToUpper(hex.EncodeToString(ip)), natsPort)
		if strings.Contains(string(table), established) {
			return i
		}
	}
	return -1
}

// listen listens in a namespace.
func (s *space) listen(addr string) (l net.Listener, err error) {
	err = s.do(func() error {
		l, err = new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
		return err
	})
	return l, err
}

// Dial connects from a namespace. The address must be one of IP.
func (s *space) Dial(network, addr string) (c net.Conn, err error) {
	err = s.do(func() error {
		c, err = new(net.Dialer).DialContext(context.Background(), network, addr)
		return err
	})
	return c, err
}
