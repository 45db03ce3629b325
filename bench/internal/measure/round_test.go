package measure_test

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/measure"
)

// sender is a contestant of a function.
type sender func(worker int) error

func (s sender) Send(_ context.Context, worker int) error { return s(worker) }

func TestRoundTimesEveryHook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		spent, err := measure.Round{Workers: 2, Hooks: 100, Sender: sender(func(worker int) error {
			if sent.Add(1); worker == 1 {
				time.Sleep(3 * time.Millisecond)
			}
			time.Sleep(time.Millisecond)
			return nil
		})}.Run(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 100, sent.Load())
		assert.Equal(t, time.Millisecond, spent.P50, "the quick worker's")
		assert.Equal(t, 4*time.Millisecond, spent.P99, "the slow worker's")
		assert.Equal(t, 2*time.Millisecond, spent.Wall, "50 hooks of the slow worker, over 100")
	})
}

func TestRoundSharesHooksThatDoNotDivide(t *testing.T) {
	t.Parallel()
	workers := make([]atomic.Int64, 4)
	_, err := measure.Round{Workers: 4, Hooks: 7, Sender: sender(func(worker int) error {
		workers[worker].Add(1)
		return nil
	})}.Run(t.Context())
	require.NoError(t, err)
	total := int64(0)
	for i := range workers {
		assert.InDelta(t, 1.5, workers[i].Load(), 0.5)
		total += workers[i].Load()
	}
	assert.EqualValues(t, 7, total)
}

func TestRoundEndsAWorkerAtItsFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var sent atomic.Int64
	_, err := measure.Round{Workers: 3, Hooks: 30, Sender: sender(func(worker int) error {
		if worker == 0 {
			return nil
		}
		sent.Add(1)
		return broken
	})}.Run(t.Context())
	require.ErrorIs(t, err, broken)
	assert.Contains(t, err.Error(), "1 workers more")
	assert.EqualValues(t, 2, sent.Load(), "one by each broken worker")
}

// A round charges what is done in it to the hooks of it. Nothing else may run
// meanwhile: the figures are those of the whole process.
func TestRoundChargesWhatIsDoneInIt(t *testing.T) { //nolint:paralleltest // see above
	const burnt, size = 2 * time.Millisecond, 4096
	_, err := measure.CPU()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no processor time on this system")
	}
	kept := make([][]byte, 20)
	n := 0
	spent, err := measure.Round{Workers: 1, Hooks: len(kept), Sender: sender(func(int) error {
		kept[n] = make([]byte, size)
		n++
		return burn(burnt)
	})}.Run(t.Context())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, spent.CPU, burnt)
	assert.LessOrEqual(t, spent.CPU, time.Duration(runtime.GOMAXPROCS(0))*spent.Wall+burnt, "no more than there was")
	assert.InDelta(t, 1, spent.Allocs, 0.9, "one for each hook")
	assert.InDelta(t, size, spent.Bytes, size/2)
	assert.Positive(t, spent.Goroutines)
	runtime.KeepAlive(kept)
}

// burn takes processor time.
func burn(much time.Duration) error {
	begun, err := measure.CPU()
	for now := begun; err == nil && now-begun < much; {
		now, err = measure.CPU()
	}
	return err
}

func TestWaitingForAnotherProcessCostsNothing(t *testing.T) { //nolint:paralleltest // the whole process is measured
	begun, err := measure.CPU()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no processor time on this system")
	}
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
	require.NoError(t, child.Run())
	ended, err := measure.CPU()
	require.NoError(t, err)
	theirs := child.ProcessState.UserTime() + child.ProcessState.SystemTime()
	assert.Less(t, ended-begun, theirs/2, "the backend is a child, too")
}

func TestFirstCountsTheOthers(t *testing.T) {
	t.Parallel()
	one, other := errors.New("one"), errors.New("other")
	assert.NoError(t, measure.First([]error{nil, nil}))
	assert.Equal(t, one, measure.First([]error{nil, one}))
	err := measure.First([]error{nil, one, nil, other, one})
	require.ErrorIs(t, err, one)
	assert.Contains(t, err.Error(), "2 workers more")
}

func TestMemoryCountsWhatIsHeld(t *testing.T) { //nolint:paralleltest // the whole process is measured
	before := measure.Memory()
	held := make([]byte, 8<<20)
	grown := measure.Memory() - before
	assert.InDelta(t, len(held), grown, 1<<20)
	runtime.KeepAlive(held)
}

func TestCoresSayWhere(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "not pinned", measure.Anywhere().String())
	assert.Equal(t, "client on core 2, backend on core 5", measure.Cores{Client: 2, Backend: 5}.String())
}
