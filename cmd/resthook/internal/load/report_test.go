package load

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
)

// sampleReport has a value in every field.
func sampleReport() Report {
	low := latency.Percentiles{P50: 0.000456, P90: 0.0123, P99: 0.1, P999: 0.5, Max: 1.5}
	high := latency.Percentiles{P50: 0.0012, P90: 0.0023, P99: 12, P999: 12, Max: 123.4}
	return Report{
		URL: "http://h/x", Interrupted: true, Duration: 10.0123,
		Sessions: sessionCount{Begun: 5, Publishers: 2, Missed: 7, LetIn: 2, Denied: 1, Failed: 1, Cut: 1}, Late: low,
		Hooks:    hookTotals{hookCount{1235, 1200, 30, 4, 1}, 122.9},
		Statuses: map[string]int{"200": 1200, "403": 30, "500": 4}, Latency: low, Queued: high,
		Requests: 1300, Lost: 66, Retried: 6, Connections: 1,
		Events: eventCount{700, 1, 2, 3, 4, 5, 6},
		Errors: []errorCount{{"connect", "timeout", 3}, {"StreamStatusEvent", "shed", 1}},
		Methods: []methodReport{
			{"connect", hookCount{5, 2, 1, 1, 1}, map[string]int{"200": 3}, low, nil},
			{"StreamKeepAliveEvent", hookCount{Count: 1000}, map[string]int{}, high, &low},
		},
		plan: Plan{Rate: 2.5, Concurrency: 4}, lasted: 3.1, unreported: 8,
	}
}

func TestReportText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `Interrupted: this is what came until then.
1235 hooks in 10.0s, 123 answered a second, over 1 connection
5 sessions, 2 to publish and 3 to play: 2 let in, 1 denied, 1 failed, 1 cut short; 7 more should have begun
Sessions began late by: p50 456µs, p99 100ms, max 1.50s

METHOD                HOOKS  DENIED  FAILED  CUT     P50     P90    P99  P99.9    MAX
connect                   5       1       1    1   456µs  12.3ms  100ms  500ms  1.50s
StreamKeepAliveEvent   1000       0       0    0  1.20ms  2.30ms  12.0s  12.0s   123s
all                    1235      30       4    1   456µs  12.3ms  100ms  500ms  1.50s

FROM WHEN IT WAS QUEUED    P50     P90    P99  P99.9    MAX
StreamKeepAliveEvent     456µs  12.3ms  100ms  500ms  1.50s

Answers: 1200 with status 200, 30 with 403, 4 with 500
Events: 700 delivered, 1 denied, 2 failed, 3 grown too old, 4 shed, 5 replaced by newer ones, 6 left at the end
Requests: 1300, of which 66 failed; 6 hooks took more than one

failed: 3 hooks of connect: timeout
failed: 1 hook of StreamStatusEvent: shed`, sampleReport().Text())
	assert.Contains(t, Report{}.Text(), "\nAnswers: none\n")
}

// A run in which the backend denies every hook of a method has not failed, but the
// report says so.
func TestReportTextSaysWhatWasDeniedThroughout(t *testing.T) {
	t.Parallel()
	r := Report{Sessions: sessionCount{Begun: 9, LetIn: 9}, Methods: []methodReport{
		{Method: "connect", hookCount: hookCount{Count: 9, OK: 9}},
		{Method: "publishStream", hookCount: hookCount{Count: 3, Denied: 3}},
		{Method: "playStream", hookCount: hookCount{Count: 6, OK: 1, Denied: 5}},
		{Method: "stopStream", hookCount: hookCount{Count: 6, Denied: 5, Failed: 1}},
		{Method: "unPublishStream", hookCount: hookCount{Count: 3, Denied: 2, Cut: 1}},
		{Method: "StreamKeepAliveEvent", hookCount: hookCount{Count: 1, Cut: 1}},
	}}
	_, said, _ := strings.Cut(r.Text(), "Events: 0 delivered")
	assert.Equal(t, "\nEvery publishStream was denied\nEvery unPublishStream was denied", said)
	assert.Empty(t, r.Faults())
	assert.NotContains(t, sampleReport().Text(), "was denied")
}

func TestReportJSON(t *testing.T) {
	t.Parallel()
	const low = `{"p50":0.000456,"p90":0.0123,"p99":0.1,"p999":0.5,"max":1.5}`
	const high = `{"p50":0.0012,"p90":0.0023,"p99":12,"p999":12,"max":123.4}`
	text, err := json.Marshal(sampleReport())
	require.NoError(t, err)
	assert.Equal(t, `{"url":"http://h/x","interrupted":true,"duration":10.0123,`+
		`"sessions":{"begun":5,"publishers":2,"missed":7,"let_in":2,"denied":1,"failed":1,"cut":1},"late":`+low+`,`+
		`"hooks":{"count":1235,"ok":1200,"denied":30,"failed":4,"cut":1,"rate":122.9},`+
		`"statuses":{"200":1200,"403":30,"500":4},"latency":`+low+`,"queued":`+high+`,`+
		`"requests":1300,"failed_requests":66,"retried":6,"connections":1,`+
		`"events":{"delivered":700,"denied":1,"failed":2,"expired":3,"shed":4,"replaced":5,"left":6},`+
		`"errors":[{"method":"connect","kind":"timeout","count":3},{"method":"StreamStatusEvent","kind":"shed","count":1}],`+
		`"methods":[{"method":"connect","count":5,"ok":2,"denied":1,"failed":1,"cut":1,"statuses":{"200":3},"latency":`+low+`},`+
		`{"method":"StreamKeepAliveEvent","count":1000,"ok":0,"denied":0,"failed":0,"cut":0,"statuses":{},"latency":`+high+`,"queued":`+low+`}]}`, string(text))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"4 hooks failed",
		"answers that are neither 200 nor a denial (401, 403): 500: 4",
		"7 sessions due did not begin: all 4 of --concurrency under way; one lasted 3.10s; " +
			"--rate 2.5 needs --concurrency 8, or a backend that answers faster",
		"8 results are not counted: this machine is too busy to measure",
	}, sampleReport().Faults())
	assert.Equal(t, []string{"not one session was let in"}, Report{}.Faults())
	assert.Empty(t, Report{Interrupted: true}.Faults())
	assert.Empty(t, Report{Sessions: sessionCount{LetIn: 1}, Hooks: hookTotals{hookCount{Denied: 3, Cut: 2}, 0}, Statuses: map[string]int{"200": 1, "401": 1, "403": 2}}.Faults())
}
