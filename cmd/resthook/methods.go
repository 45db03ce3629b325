package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/internal/names"
)

// methodsCommand prints the catalogue, or one method of it.
type methodsCommand struct {
	Method *string `arg:"" optional:"" name:"METHOD" help:"Show this one: the fields of its payload, and a sample."`
	JSON   bool    `name:"json" help:"Print one JSON object for each method."`
}

// listed is a method as --json lists it: exactly these fields.
type listed struct {
	Method  string        `json:"method"`
	Kind    resthook.Kind `json:"kind"`
	Payload string        `json:"payload"`
}

// described is a method as methods METHOD --json shows it: exactly these fields.
type described struct {
	listed

	Fields []catalogue.Field `json:"fields"`
	Sample json.RawMessage   `json:"sample"`
}

// Run prints every method, or the one that was named.
func (c *methodsCommand) Run(std *terminal.Streams) error {
	if c.Method != nil {
		return c.describe(std, *c.Method)
	}
	if !c.JSON {
		return std.Print(methodTable())
	}
	for _, m := range resthook.Methods() {
		if err := std.PrintJSON(listedAs(m)); err != nil {
			return err
		}
	}
	return nil
}

func (c *methodsCommand) describe(std *terminal.Streams, name string) error {
	method, known := resthook.FindMethod(name)
	if !known {
		return fmt.Errorf("methods: %.40q is no method%s; see resthook methods", name, names.DidYouMean(name, catalogue.Names()))
	}
	if c.JSON {
		return std.PrintJSON(described{listedAs(method), catalogue.Fields(method.PayloadType()), catalogue.Sample(name)})
	}
	return std.Print(shownMethod(method))
}

func listedAs(m resthook.Method) listed { return listed{m.Name(), m.Kind(), m.PayloadType()} }

func methodTable() string {
	rows := []string{"NAME\tKIND\tPAYLOAD\tTHE ANSWER CAN CHANGE"}
	for _, m := range resthook.Methods() {
		rows = append(rows, strings.Join([]string{m.Name(), m.Kind().String(), m.PayloadType(), m.Effect()}, "\t"))
	}
	return terminal.Columns(rows)
}

// shownMethod is the text that describes a method.
func shownMethod(m resthook.Method) string {
	rows := []string{"FIELD\tTYPE\tMEANING"}
	for _, field := range catalogue.Fields(m.PayloadType()) {
		rows = append(rows, strings.Join([]string{field.Name, field.Type, field.Doc}, "\t"))
	}
	var sample bytes.Buffer
	if err := json.Indent(&sample, catalogue.Sample(m.Name()), "", "  "); err != nil {
		return ""
	}
	return fmt.Sprintf("%s\nkind: %v\npayload: %s\nthe answer can change: %s\n\n%s\n\nsample:\n%s",
		m.Name(), m.Kind(), m.PayloadType(), m.Effect(), terminal.Columns(rows), &sample)
}
