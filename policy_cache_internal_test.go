package resthook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parsed(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(text))
	require.NoError(t, err)
	return p
}

// Sessions with the same policy share it. Policies that differ for each client do not fill
// the memory.
func TestPolicyCacheHasABound(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]string{"many": "", "large": strings.Repeat("x", 40<<10)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c policyCache
			for i := range 300 {
				text := fmt.Sprintf(`{"publishStream":{"restExclude":"n%d%s"}}`, i, long)
				one := c.shared(parsed(t, text))
				require.Same(t, one, c.shared(parsed(t, text)))
				require.LessOrEqual(t, len(c.byText), maxCachedPolicies)
				require.LessOrEqual(t, c.size, maxCachedBytes)
			}
			assert.NotEmpty(t, c.byText)
		})
	}
}

// A warning is due once for each app. What is remembered of that has a bound.
func TestPolicyWarningsAreRememberedWithinABound(t *testing.T) {
	t.Parallel()
	var c policyCache
	one, two := &app{key: "1"}, &app{key: "2"}
	misspelt := parsed(t, `{"publishStrem":{}}`)
	assert.Len(t, c.warnings(one, misspelt), 1)
	assert.Len(t, c.warnings(two, misspelt), 1)
	assert.Empty(t, c.warnings(one, misspelt))
	for i := range 300 {
		require.Len(t, c.warnings(one, parsed(t, fmt.Sprintf(`{"call":{"k%d":1}}`, i))), 1)
		require.LessOrEqual(t, len(c.logged), maxLoggedWarnings)
	}
}
