package situation

import "slices"

// All returns the situations.
func All() []Situation {
	return slices.Concat(bursts(), endings(), waits(), answers(), heads(), long(), secure(), networks())
}
