package recall_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/recall"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := recall.New(3, 10)
		has := func(key byte) bool {
			_, ok := m.Get(recall.Key{key}, time.Minute)
			return ok
		}
		given := []byte("one")
		m.Put(recall.Key{1}, given)
		given[0] = 'x'
		got, ok := m.Get(recall.Key{1}, time.Minute)
		assert.True(t, ok)
		assert.Equal(t, "one", string(got), "a copy")
		assert.False(t, has(2))

		time.Sleep(time.Minute)
		assert.True(t, has(1))
		time.Sleep(time.Nanosecond)
		assert.False(t, has(1), "too old")
		m.Put(recall.Key{1}, []byte("again"))
		assert.True(t, has(1))

		m.Put(recall.Key{2}, nil)
		m.Put(recall.Key{3}, nil)
		m.Put(recall.Key{1}, nil) // the newest again
		m.Put(recall.Key{4}, nil)
		assert.Equal(t, []bool{true, false, true, true}, []bool{has(1), has(2), has(3), has(4)}, "the least recent goes")

		m.Put(recall.Key{5}, make([]byte, 6))
		m.Put(recall.Key{6}, make([]byte, 6))
		assert.Equal(t, []bool{false, true}, []bool{has(5), has(6)}, "too many bytes")
		m.Put(recall.Key{6}, make([]byte, 11))
		assert.False(t, has(6), "one that is too large takes the old one with it")
		m.Put(recall.Key{7}, make([]byte, 10))
		assert.True(t, has(7))
		m.Drop(recall.Key{7})
		m.Drop(recall.Key{7})
		assert.False(t, has(7))
		m.Put(recall.Key{8}, make([]byte, 10))
		assert.True(t, has(8), "what was dropped takes no room")
	})
}
