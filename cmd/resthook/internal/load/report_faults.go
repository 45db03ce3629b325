package load

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Faults are what went wrong, one line each. A denial is not a fault, nor is a hook that an
// interrupt or the end of the run cut short.
func (r Report) Faults() []string {
	var faults []string
	if r.Hooks.Failed > 0 {
		faults = append(faults, terminal.Counted(r.Hooks.Failed, "hook")+" failed")
	}
	if odd := oddStatuses(r.Statuses); odd != "" {
		faults = append(faults, "answers that are neither 200 nor a denial (401, 403): "+odd)
	}
	if r.Sessions.LetIn == 0 && !r.Interrupted {
		faults = append(faults, "not one session was let in")
	}
	if r.Sessions.Missed > 0 {
		faults = append(faults, r.heldUp())
	}
	if r.unreported > 0 {
		faults = append(faults, fmt.Sprintf("%d results are not counted: this machine is too busy to measure", r.unreported))
	}
	return faults
}

// oddStatuses are the status codes that are neither 200 nor a denial, with the number of
// answers.
func oddStatuses(statuses map[string]int) string {
	var odd []string
	for _, text := range slices.Sorted(maps.Keys(statuses)) {
		if status, _ := strconv.Atoi(text); status != http.StatusOK && !denial(status) {
			odd = append(odd, fmt.Sprintf("%s: %d", text, statuses[text]))
		}
	}
	return strings.Join(odd, ", ")
}

// heldUp says why sessions that were due did not begin.
func (r Report) heldUp() string {
	needed := math.Ceil(r.plan.Rate * r.lasted)
	text := fmt.Sprintf("%s due did not begin: %s of --concurrency under way; one lasted %s",
		terminal.Counted(r.Sessions.Missed, "session"), all(r.plan.Concurrency), terminal.Brief(r.lasted))
	if hold := r.plan.Hold; hold > 0 {
		text += fmt.Sprintf(", of which %v are --hold", hold.Round(time.Millisecond))
	}
	return text + fmt.Sprintf("; --rate %v needs --concurrency %.0f, or a backend that answers faster", r.plan.Rate, needed)
}

// all is "all 64", or "the 1".
func all(concurrency int) string {
	if concurrency == 1 {
		return "the 1"
	}
	return fmt.Sprintf("all %d", concurrency)
}
