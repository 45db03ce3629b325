package resthook

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/layout"
)

// TestLayouts: the origin of a payload has a bit for each field, and NewHook with a payload
// of this package uses the same layout.
func TestLayouts(t *testing.T) {
	t.Parallel()
	checkLayout(t, connectionLayout)
	checkLayout(t, registrationLayout)
	checkLayout(t, callLayout)
	checkLayout(t, dtmfLayout)
	checkLayout(t, messageLayout)
	checkLayout(t, subscriptionLayout)
	checkLayout(t, xcapLayout)
	checkLayout(t, streamLayout)
	checkLayout(t, mediaStateLayout)
	checkLayout(t, playbackLayout)
	checkLayout(t, streamSignalLayout)
	checkLayout(t, recordingLayout)
	checkLayout(t, dataLayout)
	checkLayout(t, bugReportLayout)
	checkLayout(t, debugSessionLayout)
	checkLayout(t, errorReportLayout)
	checkLayout(t, reportLayout)
}

func checkLayout[P any](t *testing.T, l *layout.Layout[P]) {
	t.Helper()
	assert.Equal(t, reflect.TypeFor[P]().Name(), l.Name())
	fields := l.Names()
	assert.LessOrEqual(t, len(fields), 64)
	for i, name := range fields {
		assert.False(t, strings.ContainsFunc(name, unicode.IsSpace) || strings.Contains(name, "."), "a dot would be a path: %q", name)
		assert.NotContains(t, fields[:i], name)
	}
	assert.Same(t, l, codecOf[P]())
}
