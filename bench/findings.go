package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// findings are the texts and charts of a run, in order.
type findings struct {
	sections []section
	charts   []section
}

// section is a named text: a part of a Markdown file, or a picture.
type section struct{ name, text string }

func (r *findings) add(name, text string) {
	r.sections = append(r.sections, section{name, strings.TrimRight(text, "\n")})
}

func (r *findings) chart(name string, svg []byte) {
	r.charts = append(r.charts, section{name, string(svg)})
}

func (r *findings) markdown() string {
	var out strings.Builder
	for _, s := range r.sections {
		fmt.Fprintf(&out, "## %s\n\n%s\n\n", s.name, s.text)
	}
	return strings.TrimRight(out.String(), "\n")
}

// save writes the charts, and the sections of the file that the plan names.
func (r *findings) save(p plan, errs io.Writer) error {
	folder := p.charts
	switch {
	case folder == "" && p.write != "":
		folder = filepath.Join(filepath.Dir(p.write), "charts")
	case folder == "":
		folder = "out"
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // pictures to be read by all
		return err
	}
	for _, c := range r.charts {
		path := filepath.Join(folder, c.name+".svg")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil { //nolint:gosec // see above
			return err
		}
		fmt.Fprintln(errs, "chart:", path)
	}
	if p.write == "" {
		return nil
	}
	return r.rewrite(p.write)
}

// rewrite puts each section between its marks in the file, and leaves the rest
// as it is.
func (r *findings) rewrite(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var faults []error
	for _, s := range r.sections {
		changed, err := replace(text, s)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", path, err))
			continue
		}
		text = changed
	}
	return errors.Join(append(faults, os.WriteFile(path, text, 0o644))...) //nolint:gosec // a README
}

// replace puts the section's text between its two marks.
func replace(text []byte, s section) ([]byte, error) {
	begin, end := []byte("<!-- bench:"+s.name+" -->\n"), []byte("<!-- /bench:"+s.name+" -->")
	before, rest, found := bytes.Cut(text, begin)
	if !found {
		return nil, fmt.Errorf("no mark %q", bytes.TrimSpace(begin))
	}
	_, after, found := bytes.Cut(rest, end)
	if !found {
		return nil, fmt.Errorf("no mark %q after the one that begins it", end)
	}
	return bytes.Join([][]byte{before, begin, []byte("\n" + s.text + "\n\n"), end, after}, nil), nil
}
