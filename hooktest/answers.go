package hooktest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
)

// jsonType is in every answer without a type of its own.
const jsonType = "Content-Type: application/json"

// Mirror answers 200 with the body of the request, as a backend that allows everything.
func Mirror() Behaviour {
	return OnRequest(func(c *Conn) { c.Send(answer(http.StatusOK, string(c.Request().Body))) })
}

// Answer is an ordinary answer, with Content-Length and on a connection that is
// kept. Its type is application/json; header has further lines such as
// "Retry-After: 1", which may set another Content-Type.
func Answer(status int, body string, header ...string) Behaviour {
	return AnswerRaw(answer(status, body, header...), Keep)
}

// AnswerRaw sends bytes as they are and then ends the connection, or keeps it for
// another request: AnswerRaw("SSH-2.0-OpenSSH_9.6\r\n", Close).
func AnswerRaw(wire string, end Ending) Behaviour {
	return OnRequest(func(c *Conn) {
		if c.Send(wire) {
			end(c)
		}
	})
}

// AnswerClose announces with "Connection: close" that the connection ends after
// the answer.
func AnswerClose(status int, body string) Behaviour {
	return AnswerRaw(answer(status, body, "Connection: close"), Close)
}

// AnswerUntilClose has no Content-Length: the end of the connection ends the body.
func AnswerUntilClose(status int, body string) Behaviour {
	return AnswerRaw(head("HTTP/1.1", status, jsonType, "Connection: close")+body, Close)
}

// AnswerHTTP10 is an answer in HTTP/1.0, after which the connection is closed.
func AnswerHTTP10(status int, body string) Behaviour {
	length := fmt.Sprintf("Content-Length: %d", len(body))
	return AnswerRaw(head("HTTP/1.0", status, jsonType, length)+body, Close)
}

// AnswerChunked sends the body in chunks, one for each piece.
func AnswerChunked(status int, pieces ...string) Behaviour {
	var wire strings.Builder
	wire.WriteString(head("HTTP/1.1", status, jsonType, "Transfer-Encoding: chunked"))
	for _, piece := range pieces {
		if piece != "" { // an empty chunk would be the last one
			fmt.Fprintf(&wire, "%x\r\n%s\r\n", len(piece), piece)
		}
	}
	return AnswerRaw(wire.String()+"0\r\n\r\n", Keep)
}

// AnswerGzip compresses the body, whether the client accepts that or not.
func AnswerGzip(status int, body string) Behaviour {
	return Answer(status, string(zip([]byte(body))), "Content-Encoding: gzip")
}

// AnswerFalseGzip says that the body is compressed, and it is not.
func AnswerFalseGzip(status int, body string) Behaviour {
	return Answer(status, body, "Content-Encoding: gzip")
}

// Redirect sends the client to another address, with status 301, 302, 303, 307
// or 308, and keeps the connection.
func Redirect(status int, to string) Behaviour {
	return Answer(status, "<html>moved</html>", "Content-Type: text/html", "Location: "+to)
}

// answer is the text of an ordinary answer. A status that never has a body gets none:
// the client would take it for the next answer.
func answer(status int, body string, header ...string) string {
	if !hasType(header) {
		header = append([]string{jsonType}, header...)
	}
	if status < 200 || status == http.StatusNoContent || status == http.StatusNotModified {
		return head("HTTP/1.1", status, header...)
	}
	header = append(header, fmt.Sprintf("Content-Length: %d", len(body)))
	return head("HTTP/1.1", status, header...) + body
}

func hasType(header []string) bool {
	for _, line := range header {
		name, _, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Type") {
			return true
		}
	}
	return false
}

func head(proto string, status int, header ...string) string {
	line := fmt.Sprintf("%s %d %s", proto, status, http.StatusText(status))
	return line + "\r\n" + strings.Join(header, "\r\n") + "\r\n\r\n"
}

// zip compresses a body. Writing to memory does not fail.
func zip(plain []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(plain)
	_ = w.Close()
	return packed.Bytes()
}
