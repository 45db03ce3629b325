package names_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/names"
)

func ExampleDidYouMean() {
	fmt.Println("no method publishSteam" + names.DidYouMean("publishSteam", []string{"publishStream", "playStream"}))
	// Output: no method publishSteam; did you mean publishStream?
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"publishStream", "playStream", "call", "onCall"}
	for name, want := range map[string]string{
		"publishSteam": "publishStream", "publish_stream": "publishStream", "PLAYSTREAM": "playStream", "cal": "call", "": "",
		"cull": "call", "cult": "", "mine": "", strings.Repeat("x", 1000): "",
	} {
		assert.Equal(t, want, names.Nearest(name, known), name)
	}
	assert.Equal(t, "; did you mean call?", names.DidYouMean("calll", known))
	assert.Empty(t, names.DidYouMean("mine", known))
}
