package inspector

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// rulebook holds the rules in force. They may be changed while hooks come in: a
// hook is answered under the rules of its beginning. It is safe for concurrent
// use.
type rulebook struct {
	inForce atomic.Pointer[edition]

	mu sync.Mutex // held while an edition takes the place of another
	id int        // the last that was given to a rule
}

// edition is the rules between two changes. Nothing changes it.
type edition struct {
	number uint64
	rules  Rules
}

// newRulebook returns the rules as they are at first.
func newRulebook(rules Rules) *rulebook {
	b := &rulebook{}
	b.inForce.Store(&edition{number: 1, rules: b.named(rules)})
	return b
}

// named is the rules with ids.
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

func (b *rulebook) current() *edition { return b.inForce.Load() }

// of is the rule for a hook; nil where there is none.
func (b *rulebook) of(x *exchange) *rule { return b.current().rules.of(x) }

// replace reads a rules file's text; where it does not read, nothing changes.
func (b *rulebook) replace(text []byte) error {
	rules, err := ParseRules(text)
	if err != nil {
		return err
	}
	return b.change(func(Rules) (Rules, error) { return b.named(rules), nil })
}

// add reads one rule and puts it before those of its method that are for all
// hooks; one that is for all hooks itself takes the place of such a rule. It
// returns the rule's id.
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

// put reads one rule and has it take the place of another.
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

// remove takes one rule away.
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

// change puts the next edition in force: what next makes of a copy of the rules.
func (b *rulebook) change(next func(Rules) (Rules, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := b.current()
	rules, err := next(slices.Clone(last.rules))
	if err != nil {
		return err
	}
	rules.sort()
	b.inForce.Store(&edition{number: last.number + 1, rules: rules})
	return nil
}
