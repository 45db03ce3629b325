package inspector

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// hook answers with all there is to say of one hook.
func (i *inspector) hook(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.ParseUint(r.PathValue("number"), 10, 64) // 0: no hook has it
	e, attempts, ok := i.journal.find(r.PathValue("run"), number)
	if !ok {
		fail(w, http.StatusNotFound, "this hook is no longer kept")
		return
	}
	answerJSON(w, http.StatusOK, e.detail(attempts))
}

// clear forgets the run.
func (i *inspector) clear(w http.ResponseWriter, _ *http.Request) {
	i.journal.clear()
	w.WriteHeader(http.StatusNoContent)
}

// download answers with the run as a recording.
func (i *inspector) download(w http.ResponseWriter, _ *http.Request) {
	name := time.Now().UTC().Format("hooks-20060102-150405.jsonl")
	w.Header().Set("Content-Type", recordingType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	for _, e := range i.journal.from(place{}, journalHooks).entries {
		if recording.Write(w, e.Exchange) != nil {
			return // the page is gone
		}
	}
}

// recordingType is the content type of a recording.
const recordingType = "application/x-ndjson"

// replay answers the hooks of a recording again, under the rules in force, and
// says which answers differ. No recording at all stands for the run. Nothing is
// delayed, and the hooks do not become part of the run. Requests that are no
// hooks are left out and counted.
func (i *inspector) replay(w http.ResponseWriter, r *http.Request) {
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

// maxReplay is how large a recording may be that a page sends, in bytes.
const maxReplay = 256 << 20

// replayReport is what came of a replay.
type replayReport struct {
	Hooks       int          `json:"hooks"`
	LeftOut     int          `json:"left_out"` // not among Hooks
	Different   int          `json:"different"`
	Differences []difference `json:"differences"` // the first of them
}

// difference is a hook whose answer is not the recorded one.
type difference struct {
	Hook    int                `json:"hook"` // its place in the recording, from 1
	Method  string             `json:"method"`
	Session string             `json:"session"`
	Was     int                `json:"was"` // the status
	Is      int                `json:"is"`
	Changes []recording.Change `json:"changes"`
}

func (i *inspector) compare(r *http.Request, next func() (recording.Exchange, error)) (replayReport, error) {
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
		report.note(was, i.echo.again(r.Context(), was))
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
		Hook: hook, Method: start(was.Method), Session: sessionOf(was.Request),
		Was: was.Status, Is: is.Status, Changes: shownChanges(was.Answer, is.Answer),
	}
}

// reader returns the exchanges of the run one by one, and io.EOF after the
// last.
func (j *journal) reader() func() (recording.Exchange, error) {
	entries := j.from(place{}, journalHooks).entries
	return func() (recording.Exchange, error) {
		if len(entries) == 0 {
			return recording.Exchange{}, io.EOF
		}
		x := entries[0].Exchange
		entries = entries[1:]
		return x, nil
	}
}
