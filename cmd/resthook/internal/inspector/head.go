package inspector

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// head is the lines of a head in their order, the first aside.
type head []field

// field is a header line as it came, without its end.
type field struct {
	name string // as net/http spells it
	line string
}

func newField(name, value string) field {
	return field{http.CanonicalHeaderKey(name), name + ": " + value}
}

// spelled is the name as it came.
func (f field) spelled() string { return f.line[:strings.IndexByte(f.line, ':')] }

func (f field) value() string { return strings.Trim(f.line[len(f.spelled())+1:], " \t") }

// readHead takes a head apart that net/http has read, so that it is one.
func readHead(text []byte) (first string, h head) {
	lines := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, "\r")
		name, _, named := strings.Cut(line, ":")
		switch {
		case line != "" && (line[0] == ' ' || line[0] == '\t') && len(h) > 0: // it goes on
			h[len(h)-1].line += " " + strings.Trim(line, " \t")
		case named:
			h = append(h, field{http.CanonicalHeaderKey(name), line})
		}
	}
	return strings.TrimSuffix(lines[0], "\r"), h
}

// headOf is a head that did not come as one.
func headOf(header http.Header) head {
	var h head
	for name, values := range header {
		for _, value := range values {
			h = append(h, newField(name, value))
		}
	}
	slices.SortStableFunc(h, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return h
}

// header is the head as net/http has it.
func (h head) header() http.Header {
	header := make(http.Header, len(h))
	for _, f := range h {
		header[f.name] = append(header[f.name], f.value())
	}
	return header
}

// has tells whether there is a value under a name.
func (h head) has(name string) bool { return h.get(name) != "" }

// get is the first value under a name.
func (h head) get(name string) string {
	if at := h.find(name); at >= 0 {
		return h[at].value()
	}
	return ""
}

func (h head) find(name string) int {
	name = http.CanonicalHeaderKey(name)
	return slices.IndexFunc(h, func(f field) bool { return f.name == name })
}

// without is the head less some headers.
func (h head) without(names ...string) head {
	var left head
	for _, f := range h {
		if !slices.ContainsFunc(names, func(name string) bool { return http.CanonicalHeaderKey(name) == f.name }) {
			left = append(left, f)
		}
	}
	return left
}

// with is the head with a header that has these values and no others. It stands where
// it stood, spelled as it was.
func (h head) with(name string, values ...string) head {
	at := h.find(name)
	if at < 0 {
		at = len(h)
	} else {
		name = h[at].spelled()
	}
	var fields head
	for _, value := range values {
		fields = append(fields, newField(name, value))
	}
	return slices.Concat(h[:at], fields, h[at:].without(name))
}

// endToEnd is the head less what is for one connection alone.
func (h head) endToEnd() head {
	gone := []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Upgrade",
	}
	for _, f := range h {
		if f.name != "Connection" {
			continue
		}
		for name := range strings.SplitSeq(f.value(), ",") {
			gone = append(gone, strings.TrimSpace(name))
		}
	}
	return h.without(gone...)
}

// framed is the head of a body of that many bytes. It says so where it said so, or where
// it said that the body comes in chunks.
func (h head) framed(length int) head {
	if chunks := h.find("Transfer-Encoding"); chunks >= 0 && h.find("Content-Length") < 0 {
		h = slices.Clone(h)
		h[chunks] = newField("Content-Length", "")
	}
	return h.without("Transfer-Encoding").with("Content-Length", strconv.Itoa(length))
}

// text is the head as it goes over the wire, up to the empty line.
func (h head) text(first string) []byte {
	var b bytes.Buffer
	b.WriteString(first + "\r\n")
	for _, f := range h {
		b.WriteString(f.line + "\r\n")
	}
	return b.Bytes()
}
