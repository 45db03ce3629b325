package inspector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules([]byte("\ufeff" + `{"a":{"deny":""},"b":{"delay":"2s"},"c":{"break":false,"overwrite":{}},"*":{"break":true,"delay":"1s"}}`))
	require.NoError(t, err)
	assert.Len(t, rules, 4)
	assert.NotNil(t, rules["a"].deny)
	assert.Equal(t, 2*time.Second, rules.of("b").delay)
	assert.True(t, rules.of("z").drop)
	assert.Equal(t, rule{}, Rules(nil).of("z"))
}

func TestParseRulesSaysWhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", "line 1: "},
		{"{\n\n,", "line 3: "},
		{"[]", "not an object"},
		{"null", "null, not an object"},
		{`{"a":null}`, "a: null, not an object"},
		{`{"a":"no"}`, "a: not an object"},
		{`{"a":{"dney":"no"}}`, "a.dney: unknown key"},
		{`{"a":{"deny":true}}`, "a.deny: not a text"},
		{`{"a":{"deny":null}}`, "a.deny: null"},
		{`{"a":{"overwrite":[]}}`, "a.overwrite: not an object"},
		{`{"a":{"delay":5}}`, "a.delay: not a time"},
		{`{"a":{"delay":"5"}}`, `a.delay: "5" is not a time`},
		{`{"a":{"delay":"-5s"}}`, `a.delay: "-5s" is not a time`},
		{`{"a":{"break":1}}`, "a.break: not true or false"},
		{`{"a":{"deny":"x","break":true}}`, "a: only one of"},
	} {
		_, err := ParseRules([]byte(tt.text))
		require.Error(t, err, tt.text)
		assert.Contains(t, err.Error(), tt.want)
	}
}
