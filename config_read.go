package resthook

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/wcskit/resthook/internal/properties"
)

// maxConfigBytes is many times what a real file holds.
const maxConfigBytes = 1 << 20

var errNoReader = errors.New("there is no reader")

func readConfig(file string, r io.Reader) (Config, error) {
	if r == nil {
		return Config{}, unreadable(file, errNoReader)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxConfigBytes+1))
	if err != nil {
		return Config{}, unreadable(file, err)
	}
	if len(data) > maxConfigBytes {
		return Config{}, &ConfigError{File: file, Reason: fmt.Sprintf("is longer than %d bytes", maxConfigBytes)}
	}
	return parseConfig(file, data)
}

func unreadable(file string, err error) error {
	cause := err
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		cause = pathError.Err // the file is named already
	}
	return &ConfigError{File: file, Reason: "cannot be read: " + printable(cause.Error()), Err: err}
}

// configReader is the state of reading one file.
type configReader struct {
	file    string
	config  Config
	entries []properties.Entry
	last    map[string]int // known key to the entry that counts
	seen    map[string]bool
	taken   []properties.Entry // whose values are in the config
	faults  []*ConfigError
}

func parseConfig(file string, data []byte) (Config, error) {
	entries := properties.Parse(data)
	r := configReader{file: file, config: DefaultConfig(), entries: entries, last: map[string]int{}, seen: map[string]bool{}}
	r.warnOfEncoding(data)
	for i, e := range entries {
		r.survey(i, e)
	}
	for i, e := range entries {
		r.read(i, e)
	}
	r.doubt()
	r.checkTogether()
	slices.SortStableFunc(r.config.Warnings, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	slices.SortStableFunc(r.faults, func(a, b *ConfigError) int { return cmp.Compare(a.Line, b.Line) })
	if err := joined(r.faults); err != nil {
		return Config{Warnings: r.config.Warnings}, err
	}
	return r.config, nil
}

// warnOfEncoding warns of a file in which no key will be recognised, since every
// other byte is 0. Windows calls that encoding Unicode.
func (r *configReader) warnOfEncoding(data []byte) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		r.warn(1, "", "the file looks like UTF-16, so nothing in it is recognised: save it as UTF-8")
	}
}

func (r *configReader) warn(line int, key, text string) {
	r.config.Warnings = append(r.config.Warnings, Warning{File: r.file, Line: line, Key: key, Text: text})
}

// survey finds out which entry of a key counts, and warns of keys that look
// like slips, once each.
func (r *configReader) survey(i int, e properties.Entry) {
	_, known := findProperty(e.Key)
	earlier, again := r.last[e.Key]
	switch {
	case known && again:
		r.warn(e.Line, e.Key, fmt.Sprintf("is set again; line %d is ignored", r.entries[earlier].Line))
	case !known && !r.seen[e.Key] && isSlip(e.Key):
		r.seen[e.Key] = true
		r.warn(e.Line, shownKey(e.Key), notKnown(e.Key))
	}
	if known {
		r.last[e.Key] = i
	}
}

// read reads an entry's value if it counts: one that a later line overrides
// may say anything, as in Java. A bad escape is refused in any entry.
func (r *configReader) read(i int, e properties.Entry) {
	if e.Fault != nil {
		r.refuse(undecoded(e), e.Fault.Line)
		return
	}
	p, known := findProperty(e.Key)
	if !known || r.last[e.Key] != i {
		return
	}
	if reason := p.read(&r.config, e.Value); reason != "" {
		r.refuse(badValue(e.Key, e.Value, reason), e.Line)
		return
	}
	r.taken = append(r.taken, e)
}

// doubt warns of values that look like slips, once all that they mean together is known.
func (r *configReader) doubt() {
	for _, e := range r.taken {
		p, _ := findProperty(e.Key)
		if doubt := p.doubt(&r.config); doubt != "" {
			r.warn(e.Line, e.Key, doubt)
		}
	}
}

func (r *configReader) refuse(fault *ConfigError, line int) {
	fault.File, fault.Line = r.file, line
	r.faults = append(r.faults, fault)
}

// checkTogether judges what the settings mean together, unless a line that
// did not decode may hold what is missing.
func (r *configReader) checkTogether() {
	if slices.ContainsFunc(r.entries, func(e properties.Entry) bool { return e.Fault != nil }) {
		return
	}
	for _, fault := range r.config.faults() {
		r.refuse(fault, r.entries[r.last[fault.Key]].Line)
	}
}

// faults lists the settings that can't be used, in the order of the table.
func (c Config) faults() []*ConfigError {
	var faults []*ConfigError
	for _, p := range knownProperties {
		if reason := p.fault(&c); reason != "" {
			faults = append(faults, badValue(p.key, p.setting(&c).text(), reason))
		}
	}
	return faults
}

func findProperty(key string) (property, bool) {
	for _, p := range knownProperties {
		if p.key == key {
			return p, true
		}
	}
	return property{}, false
}
