package inspector

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// head is the header lines of a request or an answer in their order, without the first
// line. Forwarded messages keep the order and the spelling of their headers.
type head []field

// field is a header line as it came, without its line end.
type field struct {
	name string // canonical, as in net/http
	line string
}

func newField(name, value string) field {
	return field{http.CanonicalHeaderKey(name), name + ": " + value}
}

// spelled is the name in its original spelling.
func (f field) spelled() string { return f.line[:strings.IndexByte(f.line, ':')] }

func (f field) value() string { return strings.Trim(f.line[len(f.spelled())+1:], " \t") }

// readHead splits a head into its lines. net/http has parsed it before, so it is well
// formed.
func readHead(text []byte) (first string, h head) {
	lines := strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, "\r")
		name, _, named := strings.Cut(line, ":")
		switch {
		case line != "" && (line[0] == ' ' || line[0] == '\t') && len(h) > 0: // a folded line
			h[len(h)-1].line += " " + strings.Trim(line, " \t")
		case named:
			h = append(h, field{http.CanonicalHeaderKey(name), line})
		}
	}
	return strings.TrimSuffix(lines[0], "\r"), h
}

// headOf makes a head, sorted by name, of headers whose order is not known.
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

// header is the head as net/http represents it.
func (h head) header() http.Header {
	header := make(http.Header, len(h))
	for _, f := range h {
		header[f.name] = append(header[f.name], f.value())
	}
	return header
}

// has reports whether a name has a value.
func (h head) has(name string) bool { return h.get(name) != "" }

// get is the first value of a name.
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

// without is the head without some names.
func (h head) without(names ...string) head {
	var left head
	for _, f := range h {
		if !slices.ContainsFunc(names, func(name string) bool { return http.CanonicalHeaderKey(name) == f.name }) {
			left = append(left, f)
		}
	}
	return left
}

// with is the head with the values of a name replaced. The position and the spelling of
// the name are kept.
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

// endToEnd is the head without hop-by-hop headers, which are for one connection.
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

// framed is the head for a body of that length. Content-Length keeps its position, or
// takes the position of Transfer-Encoding.
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
