package resthook

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
)

// rule is a Rule made ready to be applied.
type rule struct {
	Rule

	exclude, overwrite, hidden jsontext.Paths
}

func newRule(r Rule) rule {
	r = r.filled()
	return rule{r, jsontext.NewPaths(r.RestExclude), jsontext.NewPaths(r.RestOverwrite), jsontext.NewPaths(r.ClientExclude)}
}

// outgoing is what the backend sees of a payload.
func (r rule) outgoing(body []byte) []byte { return r.exclude.Without(body) }

// clientView is what the client may see of a payload.
func (r rule) clientView(body []byte) []byte {
	return r.hidden.Without(jsontext.Drop(body, restClientConfig))
}

const restClientConfig = "restClientConfig"

// protected reports whether no answer can change the field: it is an id, or looks like one.
func protected(name string) bool { return identity.Claims(name) }

// changes returns what the rule takes from the answer to a payload.
func (r rule) changes(payload, answer []byte, b *buffers) []jsontext.Member {
	if r.RestPolicy != RestPolicyOverwrite {
		return nil
	}
	b.given = valuesAt(b.given, answer, r.overwrite)
	b.changes = b.changes[:0]
	var had [][]byte
	for i, path := range r.overwrite {
		value := b.given[i]
		ok := value != nil && !jsontext.IsNull(value) && !protected(path.Name)
		if ok && (path.Inner != nil || jsontext.NeedsResolving(value)) {
			if had == nil {
				b.had = valuesAt(b.had, payload, r.overwrite)
				had = b.had
			}
			value, ok = path.Take(value, had[i])
		}
		if ok {
			b.changes = append(b.changes, jsontext.Member{Name: path.Name, Value: value})
		}
	}
	return b.changes
}

// valuesAt returns, in the place of each path, the value of the member that it
// begins with: of duplicates the last, nil where there is none.
func valuesAt(values [][]byte, object []byte, paths jsontext.Paths) [][]byte {
	values = slices.Grow(values[:0], len(paths))[:len(paths)]
	clear(values)
	for m := jsontext.Open(object); m.Next(); {
		if i := paths.Find(m.Name()); i >= 0 {
			values[i] = m.Value()
		}
	}
	return values
}

// allChanges returns everything in an answer to connect, which needs no policy
// (docs/protocol.md, 0.4).
func allChanges(payload, answer []byte) []jsontext.Member {
	var taken []jsontext.Member
	place := map[string]int{}
	for m := jsontext.Open(answer); m.Next(); {
		name := string(m.Name())
		if protected(name) {
			continue
		}
		i, again := place[name]
		if !again {
			i = len(taken)
			place[name] = i
			taken = append(taken, jsontext.Member{Name: name})
		}
		taken[i].Value = m.Value()
	}
	taken = slices.DeleteFunc(taken, func(m jsontext.Member) bool { return jsontext.IsNull(m.Value) })
	old := jsontext.Index(payload)
	for i, m := range taken {
		taken[i].Value = jsontext.Resolve(m.Value, old[m.Name])
	}
	return taken
}

// rule is Rule ready to be applied. unnamed is the rule of methods that the policy does
// not name. Connect and a method without a session are under no rule, whatever they are
// sent to.
func (p *Policy) rule(method string, unnamed rule) rule {
	if method == Connect.name || sessionless(method) {
		return rule{Rule: Rule{}.filled()}
	}
	if p != nil {
		if r, ok := p.rules[method]; ok {
			return r
		}
	}
	return unnamed
}

// view is the rule of what the client sees of a method. Of connect it sees its
// ConnectionStatusEvent (docs/protocol.md, 0.4).
func (p *Policy) view(method string, kind Kind, unnamed rule) rule {
	if kind == KindConnect {
		method = ConnectionStatusEvent.name
	}
	return p.rule(method, unnamed)
}

// misspelt refuses an object in the answer to connect whose name is close to
// restClientConfig.
func misspelt(answer []byte) error {
	for m := jsontext.Open(answer); m.Next(); {
		name := strings.TrimSpace(string(m.Name()))
		if string(m.Name()) != restClientConfig && jsontext.IsObject(m.Value()) && names.Nearest(name, []string{restClientConfig}) != "" {
			return fmt.Errorf("%w: %s: did you mean %s?", ErrPolicy, shownName(string(m.Name())), restClientConfig)
		}
	}
	return nil
}

// policyIn is the policy in the answer to connect; nil where there is none.
func policyIn(body []byte) (*Policy, error) {
	text, ok := jsontext.Get(body, restClientConfig)
	if !ok || jsontext.IsNull(text) {
		return nil, nil //nolint:nilnil // a nil *Policy names nothing, as its type says
	}
	return ParsePolicy(text)
}

// policyCache is a cache of the policies that sessions have. Most clients of a backend get
// the same one, so it is kept once. When the cache is full it is emptied.
type policyCache struct {
	mu     sync.Mutex
	byText map[string]*Policy
	size   int                 // of the policies, in bytes
	logged map[string]struct{} // apps and warnings that were logged
}

const (
	maxCachedPolicies = 256
	maxCachedBytes    = 8 << 20
	maxLoggedWarnings = 256
)

// shared returns the policy, or one of the same text that another session has.
func (c *policyCache) shared(policy *Policy) *Policy {
	if policy == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if one, ok := c.byText[string(policy.text)]; ok {
		return one
	}
	if c.byText == nil || len(c.byText) >= maxCachedPolicies || c.size+policy.size() > maxCachedBytes {
		c.byText, c.size = map[string]*Policy{}, 0
	}
	c.byText[string(policy.text)] = policy
	c.size += policy.size()
	return policy
}

// warnings returns the warnings of an app's policy the first time. So a mistake is logged
// once, also where a backend gives each client a policy of its own with the same mistake.
func (c *policyCache) warnings(of *app, policy *Policy) []string {
	warnings := policy.Warnings()
	if len(warnings) == 0 || of == nil {
		return nil
	}
	key := of.key + "\x00" + strings.Join(warnings, "\x00")
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.logged[key]; ok {
		return nil
	}
	if c.logged == nil || len(c.logged) >= maxLoggedWarnings {
		c.logged = map[string]struct{}{}
	}
	c.logged[key] = struct{}{}
	return warnings
}

// size is about how many bytes the policy takes.
func (p *Policy) size() int {
	const ofField = 64
	return len(p.text) + p.fields*ofField
}
