package hooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// edit is one line of a diff: ' ' in both, '-' wanted alone, '+' got alone.
type edit struct {
	sign byte
	line string
}

// manyCells bounds the table by which two lists are aligned.
const manyCells = 4 << 20

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

// aligned pairs two lists by their longest common part.
func aligned(want, got []string, same func(want, got string) bool) []edit {
	if len(want)*len(got) > manyCells {
		return append(edits('-', want), edits('+', got)...)
	}
	common := commonLengths(want, got, same)
	var all []edit
	i, j := 0, 0
	for i < len(want) && j < len(got) {
		switch {
		case same(want[i], got[j]):
			all = append(all, edit{' ', want[i]})
			i++
			j++
		case common[i+1][j] >= common[i][j+1]:
			all = append(all, edit{'-', want[i]})
			i++
		default:
			all = append(all, edit{'+', got[j]})
			j++
		}
	}
	return append(append(all, edits('-', want[i:])...), edits('+', got[j:])...)
}

// commonLengths holds how long the longest common part is from want[i] and
// got[j] on.
func commonLengths(want, got []string, same func(want, got string) bool) [][]int {
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i, w := range slices.Backward(want) {
		for j, g := range slices.Backward(got) {
			if same(w, g) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
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

// longLine is where a line that is in both is cut: an SDP that is as it should
// be is not what the reader looks for.
const longLine = 100

func rendered(all []edit) string {
	var b strings.Builder
	for _, e := range all {
		line := e.line
		if e.sign == ' ' {
			line = cut(line, longLine)
		}
		fmt.Fprintf(&b, "\n  %c %s", e.sign, line)
	}
	return b.String()
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// pretty is a JSON text with its names sorted, a line for each value. What is no
// JSON stays as it is.
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
	_ = encoder.Encode(value) // of what was just decoded
	return strings.TrimSuffix(b.String(), "\n")
}

func indented(by, text string) string {
	return by + strings.ReplaceAll(text, "\n", "\n"+by)
}
