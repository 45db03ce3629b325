// Package names finds the known name that a misspelt one was meant to be.
package names

import (
	"strings"
	"unicode"
)

// DidYouMean ends a message about a name that is not known: it is empty where
// none of those known is close.
func DidYouMean(name string, known []string) string {
	if meant := Nearest(name, known); meant != "" {
		return "; did you mean " + meant + "?"
	}
	return ""
}

// Nearest returns the known name that another is a slip of: the same but for
// capitals, dots and underscores, or a letter or two away. It returns "" where
// none is that close.
func Nearest(name string, known []string) string {
	name = folded(name)
	best, least := "", 3
	for _, candidate := range known {
		if d := slipsBetween(name, folded(candidate), least); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// folded is a name without what slips leave out or put in without another
// letter.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_.-", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// slipsBetween is the edit distance, or most where it is not below. In a short name
// a second letter makes another word.
func slipsBetween(a, b string, most int) int {
	longer, shorter := max(len(a), len(b)), min(len(a), len(b))
	if longer-shorter >= most {
		return most
	}
	d := Distance(a, b)
	if d > 1 && shorter < 6 {
		return most
	}
	return d
}

// Distance counts the bytes to insert, remove or replace to make b of a
// (Levenshtein). The row holds the distances from the start of a to each
// start of b.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
