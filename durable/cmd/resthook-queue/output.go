package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// errOutput means that a result could not be written.
var errOutput = errors.New("cannot write the result")

// streams are what a command writes to.
type streams struct {
	Out, Err io.Writer
	Terminal bool // Out is a terminal
}

// print writes a result and a line end to stdout.
func (s *streams) print(text string) error {
	if _, err := io.WriteString(s.Out, text+"\n"); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}

// printJSON writes a value as one line of JSON to stdout.
func (s *streams) printJSON(value any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	return s.print(strings.TrimSuffix(b.String(), "\n"))
}

// say writes one line to stderr.
func (s *streams) say(text string) {
	_, _ = fmt.Fprintf(s.Err, "resthook-queue: %s\n", oneLine(text))
}

// oneLine joins the lines of a text, and replaces control characters.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.Join(lines, "; "))
}

// columns lines up rows, all to the left.
func columns(rows [][]string) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, row := range rows {
		if i > 0 {
			_, _ = io.WriteString(table, "\n") // to memory
		}
		_, _ = io.WriteString(table, strings.Join(row, "\t"))
	}
	_ = table.Flush()
	return b.String()
}

// cell is a text of others in a table.
func cell(text string) string {
	if text == "" {
		return "-"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// appCell is an app in a table. The app without a key has none.
func appCell(app string) string {
	if app == "" {
		return `""`
	}
	return cell(app)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func stampOf(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return stamp(*t)
}

// ageOf is the time from t to now, to about three digits.
func ageOf(now, t time.Time) string {
	age := max(0, now.Sub(t))
	unit := time.Second
	if age < 10*time.Second {
		unit = 100 * time.Millisecond
	}
	return age.Truncate(unit).String()
}

// size is a number of bytes with a unit.
func size(bytes uint64) string {
	const units = "KMGTPE"
	if bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes)/1024, 0
	for value >= 1024 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// counted is "1 letter", "2 letters".
func counted[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
