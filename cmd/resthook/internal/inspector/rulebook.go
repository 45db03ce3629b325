package inspector

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rulebook holds the rules in force. They may be changed while hooks come in:
// a hook is answered under the rules of its beginning. It is safe for
// concurrent use.
type rulebook struct {
	inForce atomic.Pointer[edition]
	mu      sync.Mutex // held while an edition takes the place of another
	changed func()
}

// edition is the rules between two changes. Nothing changes it.
type edition struct {
	number uint64
	rules  Rules
}

// newRulebook returns the rules as they are at first; changed is called after
// each change.
func newRulebook(rules Rules, changed func()) *rulebook {
	b := &rulebook{changed: changed}
	b.inForce.Store(&edition{number: 1, rules: rules})
	return b
}

func (b *rulebook) current() *edition { return b.inForce.Load() }

// of is the rule of a method; the zero rule where there is none.
func (b *rulebook) of(method string) rule { return b.current().rules.of(method) }

// replace reads a rules file's text; where it does not read, nothing changes.
func (b *rulebook) replace(text []byte) error {
	rules, err := ParseRules(text)
	if err != nil {
		return err
	}
	b.change(func(Rules) Rules { return rules })
	return nil
}

// set reads the rule of one method; where it does not read, nothing changes.
func (b *rulebook) set(method string, text []byte) error {
	if err := checkSyntax(text); err != nil {
		return err
	}
	own, err := parseRule(text)
	if err != nil {
		return fmt.Errorf("%s%w", method, err)
	}
	b.change(func(rules Rules) Rules {
		rules[method] = own
		return rules
	})
	return nil
}

// remove takes away the rule of one method.
func (b *rulebook) remove(method string) {
	b.change(func(rules Rules) Rules {
		delete(rules, method)
		return rules
	})
}

// change puts the next edition in force: what next makes of a copy of the
// rules.
func (b *rulebook) change(next func(Rules) Rules) {
	b.mu.Lock()
	last := b.current()
	rules := Rules{}
	maps.Copy(rules, last.rules)
	b.inForce.Store(&edition{number: last.number + 1, rules: next(rules)})
	b.mu.Unlock()
	b.changed()
}

// ruleText is a rule as a rules file has it.
type ruleText struct {
	Deny      *string                    `json:"deny,omitempty"`
	Overwrite map[string]json.RawMessage `json:"overwrite,omitempty"`
	Delay     string                     `json:"delay,omitempty"`
	Break     bool                       `json:"break,omitempty"`
}

func (r rule) text() ruleText {
	return ruleText{Deny: r.deny, Overwrite: r.overwrite, Break: r.drop, Delay: delayText(r.delay)}
}

// delayText is a delay as people write it: 1h, not 1h0m0s.
func delayText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	for _, nothing := range [...]string{"0s", "0m"} {
		if before, _ := strings.CutSuffix(text, nothing); strings.HasSuffix(before, "m") || strings.HasSuffix(before, "h") {
			text = before
		}
	}
	return text
}
