package mask

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Body is a body with secrets masked. In JSON, which may be incomplete, the values of
// secret names are replaced, whatever their type; every other byte is kept. Any other text
// is masked by [Text].
func Body(body []byte) string {
	start := bytes.TrimLeft(body, " \t\r\n\uFEFF")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' || isDump(start) {
		return Text(string(body))
	}
	s := scanner{rest: body}
	for len(s.rest) > 0 {
		s.step()
	}
	return s.shown.String()
}

// isDump reports whether a text is an array as PHP prints it, which begins like JSON.
func isDump(start []byte) bool {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	return start[0] == '[' && (bytes.Contains(line, []byte("]=>")) || bytes.Contains(line, []byte("] =>"))) && !json.Valid(start)
}

// scanner masks JSON that may be incomplete or malformed.
type scanner struct {
	rest  []byte
	shown strings.Builder
	named bool // the last string was a secret name, and its value may follow
}

// step copies the text up to the next string, and that string. If it is a secret name, the
// value is masked.
func (s *scanner) step() {
	before := bytes.IndexByte(s.rest, '"')
	if before < 0 {
		before = len(s.rest)
	}
	s.show(before)
	if len(s.rest) == 0 {
		return
	}
	text := s.rest[:stringLength(s.rest)]
	colon := blanks(s.rest[len(text):])
	after := s.rest[len(text)+colon:]
	if len(after) == 0 || after[0] != ':' {
		s.text(text)
		return
	}
	s.show(len(text) + colon + 1)
	name := unquoted(text)
	if Secret(name) || s.named && name == "value" {
		s.named = false
		s.show(blanks(s.rest))
		s.rest = s.rest[valueLength(s.rest):]
		s.shown.WriteString(`"` + stars + `"`)
	}
}

// text copies a string that is not a member's name. It may contain JSON, or be the name of
// a secret that follows, as in ["token","s3cret"] and {"name":"token","value":"s3cret"}.
func (s *scanner) text(quoted []byte) {
	text := unquoted(quoted)
	shown := quoted
	if begin := strings.TrimSpace(text); strings.HasPrefix(begin, "{") || strings.HasPrefix(begin, "[") {
		if masked := Body([]byte(text)); masked != text {
			shown, _ = json.Marshal(masked)
		}
	} else if masked := Text(text); masked != text {
		shown = []byte(Text(string(quoted)))
	}
	s.rest = s.rest[len(quoted):]
	s.shown.Write(shown)
	rest := s.rest[blanks(s.rest):]
	s.named = Secret(text)
	if s.named && len(rest) > 0 && rest[0] == ',' {
		s.element(len(s.rest) - len(rest) + 1)
	}
}

// element masks the string after a comma, unless it is a member's name.
func (s *scanner) element(comma int) {
	at := comma + blanks(s.rest[comma:])
	if at >= len(s.rest) || s.rest[at] != '"' {
		return
	}
	end := at + stringLength(s.rest[at:])
	if after := s.rest[end+blanks(s.rest[end:]):]; len(after) > 0 && after[0] == ':' {
		return
	}
	s.show(at)
	s.shown.WriteString(`"` + stars + `"`)
	s.rest = s.rest[end-at:]
}

func (s *scanner) show(n int) {
	s.shown.Write(s.rest[:n])
	s.rest = s.rest[n:]
}

func unquoted(quoted []byte) string {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return string(quoted)
	}
	return text
}

func blanks(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t\r\n")) }

// stringLength is the length of the string at the beginning of a text, with its quotes.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// valueLength is the length of the value at the beginning of a text.
func valueLength(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLength(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return len(bytes.TrimRight(text[:i], " \t\r\n"))
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}
