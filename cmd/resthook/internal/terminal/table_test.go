package terminal_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

func TestTable(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "A     B\nµs  100\n", terminal.Table([][]string{{"A", "B"}, {"µs", "100"}}))
}

func ExampleColumns() {
	fmt.Println(terminal.Columns([]string{"NAME\tKIND", "publishStream\tdirect"}))
	// Output:
	// NAME           KIND
	// publishStream  direct
}

func TestCounted(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"0 hooks", "1 hook", "2 hooks"}, []string{terminal.Counted(0, "hook"), terminal.Counted(1, "hook"), terminal.Counted(2, "hook")})
}

func TestBar(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "[--------------------]   0%", terminal.Bar(0))
	assert.Equal(t, "[#######-------------]  36%", terminal.Bar(0.3599))
	assert.Equal(t, "[####################] 100%", terminal.Bar(1))
}

func TestBrief(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		0: "0µs", 0.000001: "1.00µs", 0.000999: "999µs", 0.001: "1.00ms", 0.0123: "12.3ms", 0.999: "999ms", 1: "1.00s", 123.4: "123s",
	} {
		assert.Equal(t, want, terminal.Brief(seconds))
	}
}
