package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// The states of a node.
const (
	Alive   = "alive"
	Silent  = "silent"  // its lease has not been renewed for a while; nobody has taken it
	Dead    = "dead"    // others have found it dead
	Stopped = "stopped" // its store is a directory, which this process has now
)

// silentAfter is several times as long as a node takes for a renewal.
const silentAfter = 4 * time.Second

// Node is a media server, and what its present boot has in the store.
type Node struct {
	Node    string    `json:"node"`
	Boot    string    `json:"boot"`
	State   string    `json:"state"`
	Renewed time.Time `json:"renewed"` // its lease
	Left
}

// Estate is what a boot has left that is over.
type Estate struct {
	Node  string `json:"node"`
	Boot  string `json:"boot"`
	Owner string `json:"owner"` // the node that works it off; empty: it waits for one
	Left
}

// nodes reads leases and boots.
func (st *Status) nodes(ctx context.Context, stream jetstream.Stream, left map[wire.Boot]*Left, stopped bool) error {
	owners := map[wire.Boot]wire.Boot{}
	err := values(ctx, stream, wire.AllBoots, func(m *jetstream.RawStreamMsg) {
		if b, ok := wire.BootOf(m.Subject); ok {
			owners[b], _ = wire.ParseOwner(m.Data)
		}
	})
	if err != nil {
		return err
	}
	current := map[string]string{}
	nodes := map[string]*Node{}
	err = values(ctx, stream, wire.AllLeases, func(m *jetstream.RawStreamMsg) {
		node := wire.NodeOf(m.Subject)
		n := &Node{Node: node, Renewed: m.Time.UTC()}
		boot, dead := strings.CutPrefix(string(m.Data), "!")
		n.Boot, n.State = boot, state(dead, stopped, st.Time.Sub(m.Time))
		if !dead {
			current[node] = boot
			if l := left[wire.Boot{Node: node, ID: boot}]; l != nil {
				n.Left = *l
			}
		}
		nodes[node] = n
	})
	if err != nil {
		return err
	}
	st.Nodes = sorted(nodes, func(n Node) string { return n.Node })
	st.Estates = estates(left, owners, current)
	return nil
}

func state(dead, stopped bool, age time.Duration) string {
	switch {
	case dead:
		return Dead
	case stopped:
		return Stopped
	case age > silentAfter:
		return Silent
	}
	return Alive
}

// estates are the boots that are nobody's present one.
func estates(left map[wire.Boot]*Left, owners map[wire.Boot]wire.Boot, current map[string]string) []Estate {
	all := map[wire.Boot]*Estate{}
	for b, l := range left {
		entryOf(all, b).Left = *l
	}
	for b := range owners {
		entryOf(all, b)
	}
	for b, e := range all {
		if current[b.Node] == b.ID {
			delete(all, b)
			continue
		}
		e.Node, e.Boot = b.Node, b.ID
		if owner, ok := owners[b]; ok && owner != b && current[owner.Node] == owner.ID {
			e.Owner = owner.Node
		}
	}
	return sorted(all, func(e Estate) string { return e.Node + " " + e.Boot })
}

// values calls take with the values of all subjects that match.
func values(ctx context.Context, stream jetstream.Stream, filter string, take func(*jetstream.RawStreamMsg)) error {
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return fmt.Errorf("list the nodes: %w", err)
	}
	for subject := range info.State.Subjects {
		m, err := stream.GetLastMsgForSubject(ctx, subject)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound): // it has just gone
		case err != nil:
			return fmt.Errorf("read %s: %w", subject, err)
		default:
			take(m)
		}
	}
	return nil
}
