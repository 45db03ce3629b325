package inspector

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wcskit/resthook"
)

// curl is a command line that sends a hook again. The page puts another URL into it, so
// the URL is in single quotes and occurs once. Secrets are left out.
func curl(url string, x *exchange) string {
	parts := []string{"curl -sS -g -X " + quoted(x.verb)}
	for _, name := range [...]string{
		"Content-Type", resthook.HeaderID, resthook.HeaderTimestamp, resthook.HeaderSignature, resthook.HeaderSequence, resthook.HeaderRecovered, resthook.HeaderCreated,
	} {
		if value := x.header.Get(name); value != "" {
			parts = append(parts, "-H "+quoted(name+": "+value))
		}
	}
	return strings.Join(append(parts, "--data-raw "+quoted(string(x.Request)), "'"+strings.ReplaceAll(url, "'", `'\''`)+"'"), " \\\n  ")
}

// quoted is a text as one word of a shell: in single quotes or, if it has control
// characters, in the form $'...' of bash and zsh.
func quoted(text string) string {
	plain := utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f })
	if plain {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(text) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
