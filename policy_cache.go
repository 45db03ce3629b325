package resthook

import (
	"strings"
	"sync"
)

// policyCache holds the restClientConfigs that sessions have, each once: backends
// give most clients the same. When it is full it begins anew.
type policyCache struct {
	mu     sync.Mutex
	byText map[string]*Policy
	size   int                 // of the policies, in bytes
	told   map[string]struct{} // apps and warnings that were logged
}

const (
	maxCachedPolicies = 256
	maxCachedBytes    = 8 << 20
	maxToldWarnings   = 256
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

// warnings returns the warnings of an app's policy, where they were not returned
// before: a backend that gives one policy to all, or each client its own with the
// same slip, has the slip logged once.
func (c *policyCache) warnings(of *app, policy *Policy) []string {
	warnings := policy.Warnings()
	if len(warnings) == 0 || of == nil {
		return nil
	}
	key := of.key + "\x00" + strings.Join(warnings, "\x00")
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.told[key]; ok {
		return nil
	}
	if c.told == nil || len(c.told) >= maxToldWarnings {
		c.told = map[string]struct{}{}
	}
	c.told[key] = struct{}{}
	return warnings
}
