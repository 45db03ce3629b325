// Package names finds the known name that a misspelt name was meant to be.
package names

import (
	"strings"
	"unicode"
)

// DidYouMean is the end of a message about an unknown name. It is empty if no known name
// is close.
func DidYouMean(name string, known []string) string {
	if meant := Nearest(name, known); meant != "" {
		return "; did you mean " + meant + "?"
	}
	return ""
}

// Nearest returns the known name that is closest to a misspelt one: equal except for case,
// dots, hyphens and underscores, or one or two letters away. It returns "" if none is.
func Nearest(name string, known []string) string {
	name = folded(name)
	best, least := "", 3
	for _, candidate := range known {
		if d := boundedDistance(name, folded(candidate), least); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// folded is a name in lower case and without separators.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_.-", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// boundedDistance is the edit distance, or most if the names are not that close. Two
// changed letters in a short name make another word.
func boundedDistance(a, b string, most int) int {
	longer, shorter := max(len(a), len(b)), min(len(a), len(b))
	if longer-shorter >= most {
		return most
	}
	d := distance(a, b)
	if d > 1 && shorter < 6 {
		return most
	}
	return d
}

// distance is the edit distance of two texts in bytes (Levenshtein). The row holds the
// distances from the bytes of a so far to each prefix of b.
func distance(a, b string) int {
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
