package verdicts

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A cache whose answers are over holds neither them nor their groups.
func TestCacheLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{Limit: 10, Group: 3})
		for i, v := range []Verdict{Allowed, Denied, Failed, Abandoned} {
			group := Digest{byte(i + 1)}
			_, _ = c.Ask(t.Context(), Question{group, DigestOf(nil)}, Lifetimes{time.Hour, time.Minute}, func() (Verdict, error) {
				return v, errors.New("why")
			})
		}
		_, groups := held(c)
		assert.Equal(t, 2, groups)
		time.Sleep(time.Hour)
		synctest.Wait()
		entries, groups := held(c)
		assert.Zero(t, entries)
		assert.Zero(t, groups)
	})
}

// held is how many answers and groups a cache holds.
func held(c *Cache) (entries, groups int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries), len(c.groups)
}
