package send

import (
	"encoding/json"
	"errors"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// Report is the outcome of a hook. As JSON it has exactly the fields with a JSON name, in
// this order.
type Report struct {
	Method    string             `json:"method"`
	Kind      resthook.Kind      `json:"kind"`
	Action    resthook.Action    `json:"action"`
	Sent      bool               `json:"sent"`
	Attempts  int                `json:"attempts"`
	Status    int                `json:"status"`
	Error     string             `json:"error"`
	ErrorKind resthook.ErrorKind `json:"error_kind,omitempty"`
	Payload   json.RawMessage    `json:"payload"`
	Client    json.RawMessage    `json:"client"`

	Said     []string `json:"-"` // the first lines of an answer that denied or failed
	Warnings []string `json:"-"` // about the restClientConfig in an answer to connect
}

func newReport(o resthook.Outcome) Report {
	r := Report{
		Method: o.Hook, Kind: o.Kind, Action: o.Action,
		Sent: o.Sent, Attempts: o.Attempts, Status: o.Status,
		Payload: o.Payload, Client: o.Client, Warnings: answerWarnings(o),
	}
	if o.Err != nil {
		r.Error = terminal.OneLine(o.Err.Error())
	}
	if failed, ok := errors.AsType[*resthook.Error](o.Err); ok {
		r.ErrorKind, r.Said = failed.Kind, wire.Said(failed)
	}
	if o.Action == resthook.ActionBreak {
		r.Client = r.Payload // on break both are the request's
	}
	return r
}
