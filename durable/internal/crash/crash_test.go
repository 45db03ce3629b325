//go:build unix

package crash_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/crash"
	"github.com/wcskit/resthook/internal/leak"
)

var (
	rounds   = flag.Int("crash.rounds", 0, "rounds of each story; 0: a few stories are played at once, small")
	variant  = flag.String("crash.variant", "", "the stories to play, a regular expression for the whole name; empty: all, or a few without rounds")
	seed     = flag.String("crash.seed", "", "when something is done; empty: another time each time")
	sessions = flag.Int("crash.sessions", 0, "sessions that are open at once; 0: 1,000, without rounds 50")
	rate     = flag.Int("crash.rate", 0, "events a second; 0: 600, without rounds 60")
	away     = flag.Duration("crash.away", 0, "how long the backend is away; 0: a minute, without rounds 4 s")
	keep     = flag.String("crash.dir", "", "an empty directory for stores and logs, which stays; empty: a temporary one")
)

// TestMain runs the tests, or, started by one of them, what it wants of another process.
func TestMain(m *testing.M) {
	switch played, err := crash.Play(os.Stdin, os.Stdout, os.Stderr); {
	case err != nil:
		fmt.Fprintln(os.Stderr, "ended:", err)
		os.Exit(1)
	case played:
		os.Exit(0)
	}
	leak.Exit(m)
}

// shortStories are those that are played without rounds.
const shortStories = "restart|resume|killed|asleep-6"

// TestStories plays stories. Without rounds, some are played, all at once: most of each is a wait.
func TestStories(t *testing.T) {
	t.Parallel()
	names := *variant
	if names == "" && *rounds == 0 {
		names = shortStories
	}
	chosen := regexp.MustCompile("^(" + names + ")$")
	places := make(chan struct{}, 6)
	var all sync.WaitGroup
	defer all.Wait()
	played := 0
	for _, s := range crash.Stories() {
		if names != "" && !chosen.MatchString(s.Name) {
			continue
		}
		played++
		if *rounds == 0 {
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				t.Run(s.Name, func(t *testing.T) { play(t, &s) })
			})
		} else {
			t.Run(s.Name, func(t *testing.T) { play(t, &s) })
		}
	}
	assert.Positive(t, played, "no story has the name %q", names)
}

// play plays a story.
func play(t *testing.T, s *crash.Story) {
	t.Helper()
	if err := s.Possible(); err != nil {
		t.Skipf("%s: %v", s.Name, err)
	}
	o := options(t, s)
	o.Log = func(format string, args ...any) {
		if *rounds > 0 {
			t.Logf("%s: %s %s", s.Name, time.Now().Format("15:04:05.000"), fmt.Sprintf(format, args...))
		}
	}
	v, err := crash.Run(t.Context(), s, o)
	if !assert.NoError(t, err, "%s, seed %d", s.Name, o.Seed) && v == nil {
		return
	}
	t.Logf("%s (%s), seed %d, %d rounds: %v", s.Name, s.About, o.Seed, o.Rounds, v)
	assert.Positive(t, v.Stored, s.Name)
	assert.Equal(t, strings.HasPrefix(s.Name, "resume"), v.Resumed > 0, s.Name)
	if !assert.Zero(t, v.Wrong(), "%s, seed %d", s.Name, o.Seed) {
		t.Logf("%s:\n%s", s.Name, strings.Join(v.Faults, "\n"))
	}
}

func options(t *testing.T, s *crash.Story) crash.Options {
	t.Helper()
	o := crash.Options{Rounds: 1, Sessions: 1_000, Rate: 600, Away: time.Minute, Dir: t.TempDir(), Seed: number(t)}
	if *rounds == 0 {
		o.Sessions, o.Rate = 50, 60
	}
	if *rounds == 0 {
		o.Away = 4 * time.Second
		if strings.HasPrefix(s.Name, "restart") || strings.HasPrefix(s.Name, "resume") {
			o.Rounds = 3
		}
	} else {
		o.Rounds = *rounds
	}
	if *sessions > 0 {
		o.Sessions = *sessions
	}
	if *rate > 0 {
		o.Rate = *rate
	}
	if *away > 0 {
		o.Away = *away
	}
	if *keep != "" {
		o.Dir = filepath.Join(*keep, s.Name)
		assert.NoError(t, os.MkdirAll(o.Dir, 0o700))
	}
	return o
}

func number(t *testing.T) uint64 {
	t.Helper()
	if *seed == "" {
		return uint64(time.Now().UnixNano()) % 1e9
	}
	n, err := strconv.ParseUint(*seed, 0, 64)
	assert.NoError(t, err)
	return n
}

func TestStoriesHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range crash.Stories() {
		require.False(t, seen[s.Name], s.Name)
		seen[s.Name] = true
	}
}
