package otelhook

import "sync"

const (
	// manyHooks is how many names of hooks beside the protocol's are values of a label, as in
	// [resthook.Stats].
	manyHooks = 256
	// manyApps is the same for app keys beside those of the apps of a watched client: a client of the
	// media server may have made them up.
	manyApps = 64
	// other is the value for all further ones.
	other = "other"
)

// names bounds the values of a label. Those that are known always keep their name.
type names struct {
	mu    sync.RWMutex
	known map[string]struct{}
	seen  map[string]struct{}
	most  int // how many may be seen
}

func newNames(known []string, most int) *names {
	n := &names{known: map[string]struct{}{}, seen: map[string]struct{}{}, most: most}
	for _, name := range known {
		n.known[name] = struct{}{}
	}
	return n
}

// label is the name, or "other".
func (n *names) label(name string) string {
	n.mu.RLock()
	_, known := n.known[name]
	_, seen := n.seen[name]
	full := len(n.seen) >= n.most
	n.mu.RUnlock()
	switch {
	case known || seen:
		return name
	case full:
		return other
	}
	return n.add(name)
}

func (n *names) add(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, seen := n.seen[name]; !seen && len(n.seen) >= n.most {
		return other
	}
	n.seen[name] = struct{}{}
	return name
}

// know adds names that always keep their name.
func (n *names) know(name string) {
	if n.knows(name) {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[name] = struct{}{}
	delete(n.seen, name)
}

// knows reports whether the name is one of those.
func (n *names) knows(name string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	_, known := n.known[name]
	return known
}
