package serial_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/serial"
)

type item struct{ number int }

func ExampleLine() {
	var line serial.Line[*item]
	last := 0
	number := func(one *item) { last++; one.number = last }
	for range 3 {
		line.Add(new(item), number, func(one *item) { fmt.Println(one.number) })
	}
	// Output:
	// 1
	// 2
	// 3
}

// Many goroutines at once: the values come in the order of their numbers, one at a time.
func TestOrder(t *testing.T) {
	t.Parallel()
	const goroutines, each = 16, 200
	var line serial.Line[*item]
	var came []int // written without a lock: the race detector sees two at a time
	last := 0
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range each {
				line.Add(new(item), func(one *item) { last++; one.number = last }, func(one *item) { came = append(came, one.number) })
			}
		})
	}
	all.Wait()
	require.Len(t, came, goroutines*each)
	for i, number := range came {
		require.Equal(t, i+1, number)
	}
}

// Who adds while the value is handed on waits for nobody, also on the same goroutine.
func TestAddWhileAValueIsHandedOn(t *testing.T) {
	t.Parallel()
	var line serial.Line[*item]
	var came []int
	last := 0
	number := func(one *item) { last++; one.number = last }
	var hand func(one *item)
	hand = func(one *item) {
		came = append(came, one.number)
		if one.number <= 3 {
			line.Add(new(item), number, hand)
			assert.Len(t, came, one.number, "the new one comes after this one")
		}
	}
	line.Add(new(item), number, hand)
	assert.Equal(t, []int{1, 2, 3, 4}, came)
}

// After a panic the next one goes on with what was left.
func TestAPanic(t *testing.T) {
	t.Parallel()
	var line serial.Line[*item]
	var came []int
	last := 0
	number := func(one *item) { last++; one.number = last }
	keep := func(one *item) { came = append(came, one.number) }
	assert.Panics(t, func() {
		line.Add(new(item), number, func(*item) {
			line.Add(new(item), number, keep)
			panic("hand")
		})
	})
	assert.Empty(t, came)
	line.Add(new(item), number, keep)
	assert.Equal(t, []int{2, 3}, came)
}
