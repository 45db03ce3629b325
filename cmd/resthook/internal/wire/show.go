package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"slices"
	"strings"
	"unicode"

	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
)

// mostBody is how much of an answer's body is shown, in bytes.
const mostBody = 4 << 10

// request is the bytes sent as lines, each with > before it.
func request(out []byte) []string { return message(out, "> ", len(out)) }

// answer is the bytes received as lines, each with < before it: interim answers (1xx), and
// the final one with the first 4 KiB of its body.
func answer(in []byte) []string {
	var lines []string
	for interim(in) {
		head, rest := cutHead(in)
		lines = append(lines, headLines(head, "< ")...)
		in = rest
	}
	return append(lines, message(in, "< ", mostBody)...)
}

// interim reports whether the bytes begin with a complete interim answer.
func interim(in []byte) bool {
	return bytes.HasPrefix(in, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(in, []byte("HTTP/1.1 101")) && bytes.Contains(in, []byte("\r\n\r\n"))
}

// message is a head and the beginning of a body as lines.
func message(text []byte, mark string, most int) []string {
	if len(text) == 0 {
		return nil
	}
	head, body := cutHead(text)
	lines := headLines(head, mark)
	if len(body) > 0 {
		lines = append(lines, bodyLines(plain(head, body), mark, most)...)
	}
	return lines
}

// cutHead splits a message at the empty line.
func cutHead(text []byte) (head string, body []byte) {
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if before, after, found := bytes.Cut(text, []byte(end)); found {
			return string(before) + "\n", after
		}
	}
	return string(text), nil
}

func headLines(head, mark string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(head, "\r\n", "\n"), "\n") {
		name, value, found := strings.Cut(line, ":")
		if found && len(lines) > 0 {
			blank := value[:len(value)-len(strings.TrimLeft(value, " \t"))]
			line = name + ":" + blank + mask.Header(name, value[len(blank):])
		}
		lines = append(lines, strings.TrimRight(mark+visible(line), " "))
	}
	return lines
}

// plain is a body without chunked encoding: a chunk could end within a secret, which would
// not be masked then.
func plain(head string, body []byte) []byte {
	if !slices.ContainsFunc(strings.Split(strings.ToLower(head), "\n"), func(line string) bool {
		name, value, _ := strings.Cut(line, ":")
		return name == "transfer-encoding" && strings.Contains(value, "chunked")
	}) {
		return body
	}
	whole, _ := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(body))) // an incomplete body is shown as far as it came
	return whole
}

func bodyLines(body []byte, mark string, most int) []string {
	if bytes.IndexByte(body, 0) >= 0 || bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		return []string{fmt.Sprintf("%s(%d bytes that are no text)", mark, len(body))}
	}
	var lines []string
	for _, line := range linesOf(mask.Body(body[:min(len(body), most)])) {
		lines = append(lines, mark+line)
	}
	if len(body) > most {
		lines = append(lines, fmt.Sprintf("%s(the first %d bytes)", mark, most))
	}
	return lines
}

// linesOf are the lines of a text, with control characters replaced.
func linesOf(text string) []string {
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return lines
}

func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\t' {
			return r
		}
		return unicode.ReplacementChar
	}, line)
}
