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
		assert.Len(t, c.groups, 2)
		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Nil(t, c.entries)
		assert.Nil(t, c.groups)
	})
}
