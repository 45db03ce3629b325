package main

import (
	"encoding/json"
	"errors"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

// report is the outcome as --json prints it: exactly these fields, in this
// order.
type report struct {
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

	said []string // by a backend whose answer was no yes
}

func newReport(o resthook.Outcome) report {
	r := report{
		Method: o.Hook, Kind: o.Kind, Action: o.Action,
		Sent: o.Sent, Attempts: o.Attempts, Status: o.Status,
		Payload: o.Payload, Client: o.Client,
	}
	if o.Err != nil {
		r.Error = terminal.OneLine(o.Err.Error())
	}
	if failed, ok := errors.AsType[*resthook.Error](o.Err); ok {
		r.ErrorKind, r.said = failed.Kind, wire.Said(failed)
	}
	if o.Action == resthook.ActionBreak {
		r.Client = r.Payload // nobody goes on: both are the request's
	}
	return r
}

func (r report) print(std *terminal.Streams, asJSON bool) error {
	err := r.printText(std, asJSON)
	for _, line := range r.said {
		std.Say("backend: " + line)
	}
	if err == nil && r.Action == resthook.ActionBreak {
		return errRefused
	}
	return err
}

// printText prints the outcome. As JSON it holds the error, so that stderr
// need not.
func (r report) printText(std *terminal.Streams, asJSON bool) error {
	if asJSON {
		return std.PrintJSON(r)
	}
	if r.Error != "" {
		std.Say(string(r.Action) + ": " + r.Error)
	}
	if r.Action == resthook.ActionBreak {
		return nil
	}
	return std.PrintJSON(r.Payload)
}
