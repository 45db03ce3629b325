package catalogue

import "github.com/wcskit/resthook"

// Names are those of all methods.
func Names() []string {
	var all []string
	for _, m := range resthook.Methods() {
		all = append(all, m.Name())
	}
	return all
}
