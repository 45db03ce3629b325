package inspector

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// rulebook holds the current rules. They may be changed while hooks are in flight: a hook
// keeps the rule that it got at its beginning. It is safe for concurrent use.
type rulebook struct {
	latest atomic.Pointer[edition]

	mu sync.Mutex // held while the rules change
	id int        // the last id of a rule
}

// edition is the rules between two changes. It is immutable.
type edition struct {
	number uint64
	rules  Rules
}

// newRulebook returns a rulebook that begins with these rules.
func newRulebook(rules Rules) *rulebook {
	b := &rulebook{}
	b.latest.Store(&edition{number: 1, rules: b.named(rules)})
	return b
}

// named is a copy of the rules with ids.
func (b *rulebook) named(rules Rules) Rules {
	own := make(Rules, len(rules))
	for n, r := range rules {
		copied := *r
		copied.id = b.nextID()
		own[n] = &copied
	}
	return own
}

func (b *rulebook) nextID() string {
	b.id++
	return strconv.Itoa(b.id)
}

func (b *rulebook) current() *edition { return b.latest.Load() }

// of is the rule for a hook, or nil.
func (b *rulebook) of(x *exchange) *rule { return b.current().rules.of(x) }

// replace replaces all rules by those of a rules file's text.
func (b *rulebook) replace(text []byte) error {
	rules, err := ParseRules(text)
	if err != nil {
		return err
	}
	return b.change(func(Rules) (Rules, error) { return b.named(rules), nil })
}

// add reads one rule and puts it before the rule that is for all hooks of its method. If
// it is for all hooks itself, it replaces that rule. It returns the rule's id.
func (b *rulebook) add(text []byte) (id string, err error) {
	own, err := ownRule(text)
	if err != nil {
		return "", err
	}
	err = b.change(func(rules Rules) (Rules, error) {
		at := slices.IndexFunc(rules, func(r *rule) bool { return r.method == own.method && r.always() })
		if at >= 0 && own.always() {
			id, own.id = rules[at].id, rules[at].id
			rules[at] = own
			return rules, nil
		}
		if at < 0 {
			at = len(rules)
		}
		own.id = b.nextID()
		id = own.id
		return slices.Insert(rules, at, own), nil
	})
	return id, err
}

// put reads one rule, which replaces the one with the id.
func (b *rulebook) put(id string, text []byte) error {
	own, err := ownRule(text)
	if err != nil {
		return err
	}
	own.id = id
	return b.change(func(rules Rules) (Rules, error) {
		at, err := rules.find(id)
		if err == nil {
			rules[at] = own
		}
		return rules, err
	})
}

// remove removes the rule with the id.
func (b *rulebook) remove(id string) error {
	return b.change(func(rules Rules) (Rules, error) {
		at, err := rules.find(id)
		if err != nil {
			return nil, err
		}
		return slices.Delete(rules, at, at+1), nil
	})
}

func (s Rules) find(id string) (int, error) {
	at := slices.IndexFunc(s, func(r *rule) bool { return r.id == id })
	if at < 0 {
		return 0, fmt.Errorf("there is no rule %.20q", id)
	}
	return at, nil
}

// change makes the next edition of what next returns for a copy of the rules.
func (b *rulebook) change(next func(Rules) (Rules, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.current()
	rules, err := next(slices.Clone(last.rules))
	if err != nil {
		return err
	}
	rules.sort()
	b.latest.Store(&edition{number: last.number + 1, rules: rules})
	return nil
}
