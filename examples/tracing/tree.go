package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// span is one of the exporter's file: the part that is printed.
type span struct {
	Name                string
	SpanContext, Parent struct{ TraceID, SpanID string }
	StartTime, EndTime  time.Time
	Attributes          []attr
	Resource            []attr
	Status              struct{ Code, Description string }
	Links               []struct {
		SpanContext struct{ SpanID string }
	}
}

type attr struct {
	Key   string
	Value struct{ Value any }
}

// readSpans reads a file of the stdouttrace exporter, the spans in the order of their start.
func readSpans(file string) ([]span, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var all []span
	for d := json.NewDecoder(f); ; {
		var one span
		err := d.Decode(&one)
		switch {
		case errors.Is(err, io.EOF):
			slices.SortStableFunc(all, func(a, b span) int { return a.StartTime.Compare(b.StartTime) })
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, one)
	}
}

// printTrees prints each trace as a tree.
func printTrees(out io.Writer, all []span) {
	known := map[string]bool{}
	for i := range all {
		known[all[i].SpanContext.SpanID] = true
	}
	for i := range all {
		if !known[all[i].Parent.SpanID] {
			fmt.Fprintf(out, "trace %s\n", all[i].SpanContext.TraceID)
			printSpan(out, all, &all[i], all[i].StartTime, 1)
		}
	}
}

func printSpan(out io.Writer, all []span, s *span, begun time.Time, depth int) {
	fmt.Fprintf(out, "%s%-*s %7.1f ms +%-7.1f [%s]%s\n", strings.Repeat("  ", depth), 44-2*depth, s.Name,
		ms(s.StartTime.Sub(begun)), ms(s.EndTime.Sub(s.StartTime)), s.service(), s.notes(all))
	for i := range all {
		if all[i].Parent.SpanID == s.SpanContext.SpanID {
			printSpan(out, all, &all[i], begun, depth+1)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s *span) service() string {
	for _, a := range s.Resource {
		if a.Key == "service.name" {
			return fmt.Sprint(a.Value.Value)
		}
	}
	return ""
}

// notes are the attributes that tell the story.
func (s *span) notes(all []span) string {
	var b strings.Builder
	shown := slices.Clone(s.Attributes)
	slices.SortFunc(shown, func(a, b attr) int { return cmp.Compare(a.Key, b.Key) })
	for _, a := range shown {
		switch a.Key {
		case "resthook.outcome", "resthook.result", "error.type", "http.response.status_code", "http.request.resend_count":
			fmt.Fprintf(&b, " %s=%v", a.Key, a.Value.Value)
		}
	}
	for _, link := range s.Links {
		for i := range all {
			if all[i].SpanContext.SpanID == link.SpanContext.SpanID {
				fmt.Fprintf(&b, " link to %q", all[i].Name)
			}
		}
	}
	return b.String()
}
