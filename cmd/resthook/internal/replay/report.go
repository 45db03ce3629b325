package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Report is the result of a replay. As JSON it is the summary: exactly the fields with a
// JSON name.
type Report struct {
	counts

	Interrupted bool                `json:"interrupted"`
	Duration    float64             `json:"duration"` // seconds, as all times
	Late        float64             `json:"late"`
	Latency     latency.Percentiles `json:"latency"`

	Sums   []Sum `json:"-"` // the differences, if [Plan.Found] is nil
	Unsaid int   `json:"-"` // differences that are in no sum, since there are too many
}

type counts struct {
	Hooks     int `json:"hooks"`
	Same      int `json:"same"`
	Different int `json:"different"`
	Failed    int `json:"failed"`
	LeftOut   int `json:"left_out"`
}

// AllSame reports whether all hooks were sent and all answers equal the recorded ones.
func (r Report) AllSame() bool { return !r.Interrupted && r.Same == r.Hooks }

// Text is the summary as text.
func (r Report) Text() string {
	var b strings.Builder
	if r.Interrupted {
		b.WriteString("Interrupted: the rest was not sent.\n")
	}
	fmt.Fprintf(&b, "%s in %s: %d answers the same, %d different, %d failed",
		terminal.Counted(r.Hooks, "hook"), terminal.Brief(r.Duration), r.Same, r.Different, r.Failed)
	if r.LeftOut > 0 {
		fmt.Fprintf(&b, "; %s left out, being no hooks", terminal.Counted(r.LeftOut, "request"))
	}
	fmt.Fprintf(&b, "\nlatency: p50 %s, p90 %s, p99 %s, max %s; at most %s late", terminal.Brief(r.Latency.P50),
		terminal.Brief(r.Latency.P90), terminal.Brief(r.Latency.P99), terminal.Brief(r.Latency.Max), terminal.Brief(r.Late))
	return b.String()
}

// report is the report of a replay that is over.
func (r *Replay) report(interrupted bool, begun time.Time) Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	sums, unsaid := r.sums.list()
	return Report{
		counts: r.count, Interrupted: interrupted, Duration: latency.Seconds(time.Since(begun)),
		Late: latency.Seconds(r.late), Latency: r.latency.Percentiles(), Sums: sums, Unsaid: unsaid,
	}
}
