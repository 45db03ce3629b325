package inspector

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// clear begins a new run.
func (i *Inspector) clear(w http.ResponseWriter, _ *http.Request) {
	i.journal.clear()
	w.WriteHeader(http.StatusNoContent)
}

// download answers with the run as a recording.
func (i *Inspector) download(w http.ResponseWriter, _ *http.Request) {
	name := time.Now().UTC().Format("hooks-20060102-150405.jsonl")
	w.Header().Set("Content-Type", recordingType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	next := i.journal.reader()
	for x, err := next(); err == nil; x, err = next() {
		if recording.Write(w, x) != nil {
			return // the page is gone
		}
	}
}

// recordingType is the content type of a recording.
const recordingType = "application/x-ndjson"

// replay answers the hooks of a recording again, under the current rules, and reports
// which answers differ. An empty body stands for the run itself. Delays are skipped, and
// the hooks do not become part of the run. Requests that are not hooks are skipped and
// counted.
func (i *Inspector) replay(w http.ResponseWriter, r *http.Request) {
	if !isOfType(w, r, recordingType) {
		return
	}
	next := recording.NewReader(http.MaxBytesReader(w, r.Body, maxReplay)).Next
	if r.ContentLength == 0 {
		next = i.journal.reader()
	}
	report, err := i.compare(r, next)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	answerJSON(w, http.StatusOK, report)
}

// maxReplay is how large a recording from the page may be, in bytes.
const maxReplay = 256 << 20

// replayReport is the result of a replay.
type replayReport struct {
	Hooks       int          `json:"hooks"`
	LeftOut     int          `json:"left_out"` // not counted in Hooks
	Different   int          `json:"different"`
	Differences []difference `json:"differences"` // the first ones
}

// difference is a hook whose answer differs from the recorded one.
type difference struct {
	Hook    int                `json:"hook"` // its number in the recording, from 1
	Method  string             `json:"method"`
	Session string             `json:"session"`
	Was     int                `json:"was"` // the status
	Is      int                `json:"is"`
	Changes []recording.Change `json:"changes"`
}

func (i *Inspector) compare(r *http.Request, next func() (recording.Exchange, error)) (replayReport, error) {
	report := replayReport{Differences: []difference{}}
	for r.Context().Err() == nil {
		was, err := next()
		if errors.Is(err, io.EOF) {
			return report, nil
		}
		if err != nil {
			return report, err
		}
		if recording.MethodOf(was) == nil {
			report.LeftOut++
			continue
		}
		report.note(was, i.hooks.again(r.Context(), was))
	}
	return report, r.Context().Err()
}

// note counts a hook, and keeps how its answer differs.
func (r *replayReport) note(was, is recording.Exchange) {
	const most = 200
	r.Hooks++
	if recording.SameAnswer(was, is) {
		return
	}
	r.Different++
	if len(r.Differences) < most {
		r.Differences = append(r.Differences, differenceOf(r.Hooks+r.LeftOut, was, is))
	}
}

func differenceOf(hook int, was, is recording.Exchange) difference {
	return difference{
		Hook: hook, Method: start(was.Method), Session: summaryOf(was.Request).session,
		Was: was.Status, Is: is.Status, Changes: shortened(recording.Changes(was.Answer, is.Answer)),
	}
}

// shortened are the first changes, with the beginnings of their values. It is never nil:
// the page needs a list.
func shortened(found []recording.Change) []recording.Change {
	const most = 200
	short := make([]recording.Change, 0, min(len(found), most))
	for _, c := range found[:min(len(found), most)] {
		short = append(short, recording.Change{Field: start(c.Field), Was: start(c.Was), Is: start(c.Is)})
	}
	return short
}

// reader returns a function that returns the hooks of the run one by one, and io.EOF
// after the last.
func (j *journal) reader() func() (recording.Exchange, error) {
	entries := j.from(position{}, j.hooks).entries
	return func() (recording.Exchange, error) {
		for n := range entries {
			if entries[n].recordable() {
				x := entries[n].Exchange
				entries = entries[n+1:]
				return x, nil
			}
		}
		return recording.Exchange{}, io.EOF
	}
}
