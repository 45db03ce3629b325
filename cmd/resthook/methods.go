package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/wcskit/resthook"
)

// methodsCommand prints the catalogue.
type methodsCommand struct {
	JSON bool `name:"json" help:"Print one JSON object for each method."`
}

// listed is a method as --json prints it: exactly these fields.
type listed struct {
	Method  string        `json:"method"`
	Kind    resthook.Kind `json:"kind"`
	Payload string        `json:"payload"`
}

// Run prints every method.
func (c *methodsCommand) Run(std *streams) error {
	if !c.JSON {
		return std.print(methodTable())
	}
	for _, m := range resthook.Methods() {
		if err := std.printJSON(listed{m.Name(), m.Kind(), m.PayloadType()}); err != nil {
			return err
		}
	}
	return nil
}

func methodTable() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tPAYLOAD\tTHE ANSWER CAN CHANGE")
	for _, m := range resthook.Methods() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", m.Name(), m.Kind(), m.PayloadType(), m.Effect())
	}
	_ = table.Flush() // to memory, where nothing can fail
	return strings.TrimSuffix(b.String(), "\n")
}
