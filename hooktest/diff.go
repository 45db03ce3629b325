package hooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// edit is one line of a diff: ' ' for both, '-' for wanted only, '+' for got only.
type edit struct {
	sign byte
	line string
}

// manyEdits bounds how different two aligned lists may be, and so the time for aligning.
const manyEdits = 400

// compared is the diff of two lists; same says which lines count as equal.
func compared(want, got []string, same func(want, got string) bool) []edit {
	n := commonPrefix(want, got, same)
	all := edits(' ', want[:n])
	want, got = want[n:], got[n:]
	m := commonSuffix(want, got, same)
	end := edits(' ', want[len(want)-m:])
	want, got = want[:len(want)-m], got[:len(got)-m]
	return append(append(all, aligned(want, got, same)...), end...)
}

func commonPrefix(want, got []string, same func(want, got string) bool) (n int) {
	for n < min(len(want), len(got)) && same(want[n], got[n]) {
		n++
	}
	return n
}

func commonSuffix(want, got []string, same func(want, got string) bool) (n int) {
	for n < min(len(want), len(got)) && same(want[len(want)-1-n], got[len(got)-1-n]) {
		n++
	}
	return n
}

// aligned is the shortest diff of two lists (E. Myers, "An O(ND) difference algorithm",
// 1986). Lists that are too different are put one after the other.
func aligned(want, got []string, same func(want, got string) bool) []edit {
	var reached [][]int // by number of edits and diagonal: how many lines of want are used
	for d := range min(len(want)+len(got), manyEdits) + 1 {
		far := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			i := step(reached, d, k)
			for i < len(want) && i-k < len(got) && same(want[i], got[i-k]) {
				i++
			}
			if far[k+d] = i; i >= len(want) && i-k >= len(got) {
				return traced(want, got, append(reached, far))
			}
		}
		reached = append(reached, far)
	}
	return append(edits('-', want), edits('+', got)...)
}

// step is where the d-th edit leads on diagonal k: it uses one more line of got or of want.
func step(reached [][]int, d, k int) int {
	if d == 0 {
		return 0
	}
	last := reached[d-1]
	if k == -d || k != d && last[k+d-2] < last[k+d] {
		return last[k+d]
	}
	return last[k+d-2] + 1
}

// traced collects the edits by going back from the end.
func traced(want, got []string, reached [][]int) []edit {
	var all []edit
	i, j := len(want), len(got)
	for d := range slices.Backward(reached) {
		k := i - j
		begun := step(reached, d, k)
		for ; i > begun; i, j = i-1, j-1 {
			all = append(all, edit{' ', want[i-1]})
		}
		switch {
		case d == 0:
		case k == -d || k != d && reached[d-1][k+d-2] < reached[d-1][k+d]:
			j--
			all = append(all, edit{'+', got[j]})
		default:
			i--
			all = append(all, edit{'-', want[i]})
		}
	}
	slices.Reverse(all)
	return all
}

func edits(sign byte, lines []string) []edit {
	all := make([]edit, 0, len(lines))
	for _, line := range lines {
		all = append(all, edit{sign, line})
	}
	return all
}

func equal(all []edit) bool {
	for _, e := range all {
		if e.sign != ' ' {
			return false
		}
	}
	return true
}

// How much of a diff is shown.
const (
	longLine  = 100 // bytes of a line that is in both, such as a long SDP
	longDiff  = 100 // lines; a longer diff is reduced to the lines near an edit
	nearLines = 3
)

func rendered(all []edit) string {
	if len(all) > longDiff {
		all = near(all)
	}
	more := ""
	if n := len(all) - longDiff; n > 0 {
		more, all = fmt.Sprintf("\n    (%d more lines)", n), all[:longDiff]
	}
	var b strings.Builder
	for i, e := range all {
		fmt.Fprintf(&b, "\n  %c %s", e.sign, shown(all, i))
	}
	return b.String() + more
}

// near is the diff without the lines that are far from an edit.
func near(all []edit) []edit {
	keep := make([]bool, len(all))
	for i, e := range all {
		if e.sign != ' ' {
			for j := max(0, i-nearLines); j <= min(len(all)-1, i+nearLines); j++ {
				keep[j] = true
			}
		}
	}
	var some []edit
	for i := 0; i < len(all); i++ {
		if keep[i] {
			some = append(some, all[i])
			continue
		}
		from := i
		for i+1 < len(all) && !keep[i+1] {
			i++
		}
		some = append(some, edit{' ', fmt.Sprintf("(%s as expected)", counted(i+1-from, "line"))})
	}
	return some
}

// shown is a line of a diff, shortened. A line that replaces another is shown from where
// the two differ.
func shown(all []edit, i int) string {
	line := all[i].line
	other := ""
	switch {
	case all[i].sign == ' ':
		return cut(line, longLine)
	case all[i].sign == '-' && i+1 < len(all) && all[i+1].sign == '+':
		other = all[i+1].line
	case all[i].sign == '+' && i > 0 && all[i-1].sign == '-':
		other = all[i-1].line
	}
	if from := differ(line, other) - longLine; from > 0 {
		line = "..." + strings.ToValidUTF8(line[from:], "")
	}
	return cut(line, longText)
}

// differ is the index at which two texts begin to differ.
func differ(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// pretty is a JSON text with sorted names, a line for each value. A text that is not JSON
// is returned as it is.
func pretty(text []byte) string {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return string(text)
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // a decoded value can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// excerpt is the first lines of a text, indented.
func excerpt(text string) string {
	lines := strings.Split(text, "\n")
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("(%d more lines)", n))
	}
	for i, line := range lines {
		lines[i] = "    " + cut(line, longText)
	}
	return strings.Join(lines, "\n")
}
