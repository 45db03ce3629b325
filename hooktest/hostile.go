package hooktest

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// filler is 1 KiB of a letter, for endless answers.
func filler() string { return strings.Repeat("a", 1024) }

// EndlessStatusLine never ends its status line.
func EndlessStatusLine() Behaviour {
	return endless("HTTP/1.1 200 ", filler())
}

// EndlessHeaders never ends its headers.
func EndlessHeaders() Behaviour {
	return endless("HTTP/1.1 200 OK\r\n", "X-Filler: "+filler()+"\r\n")
}

// EndlessInterim sends "103 Early Hints" for ever and never an answer.
func EndlessInterim() Behaviour {
	return endless("", "HTTP/1.1 103 Early Hints\r\n\r\n")
}

// EndlessBody sends a JSON string without an end, and no Content-Length.
func EndlessBody() Behaviour {
	return endless(head("HTTP/1.1", http.StatusOK, jsonType)+`{"a":"`, filler())
}

// EndlessChunks is [EndlessBody] in chunks.
func EndlessChunks() Behaviour {
	opening := head("HTTP/1.1", http.StatusOK, jsonType, "Transfer-Encoding: chunked") + "6\r\n{\"a\":\"\r\n"
	return endless(opening, "400\r\n"+filler()+"\r\n")
}

// endless sends until the client closes the connection or the test ends.
func endless(opening, more string) Behaviour {
	return OnRequest(func(c *Conn) {
		for ok := c.Send(opening); ok; {
			ok = c.Send(more)
		}
	})
}

// Drip is an [Answer] that comes byte by byte, with an interval before each: every single
// read is quick, but the whole takes very long.
func Drip(interval time.Duration, status int, body string) Behaviour {
	return OnRequest(func(c *Conn) {
		wire := answer(status, body)
		for i := 0; i < len(wire) && c.Wait(interval); i++ {
			c.Send(wire[i : i+1])
		}
	})
}

// DeepNesting answers 200 with objects in objects: {"a":{"a":{}}} has depth 3.
func DeepNesting(depth int) Behaviour {
	return generated(func(w *bufio.Writer) {
		repeat(w, depth-1, `{"a":`)
		write(w, "{}")
		repeat(w, depth-1, "}")
	})
}

// ManyKeys answers 200 with one object of n different keys, at least 1.
func ManyKeys(n int) Behaviour {
	return generated(func(w *bufio.Writer) {
		ok := write(w, `{"k0":0`)
		for i := 1; i < n && ok; i++ {
			ok = write(w, fmt.Sprintf(`,"k%d":%d`, i, i))
		}
		write(w, "}")
	})
}

// BigBody answers 200 with one valid JSON object of exactly n bytes, at least 8
// of them.
func BigBody(n int) Behaviour {
	return generated(func(w *bufio.Writer) {
		write(w, `{"a":"`)
		repeat(w, n-len(`{"a":""}`), "a")
		write(w, `"}`)
	})
}

// GzipBomb answers 200 with a JSON object that unpacks to a little more than n MiB and is
// about a thousandth of that on the wire. It consists of many equal gzip members, so that
// making it is cheap.
func GzipBomb(n int) Behaviour {
	mebibyte := string(zip([]byte(strings.Repeat(filler(), 1024))))
	return generated(func(w *bufio.Writer) {
		write(w, string(zip([]byte(`{"a":"`))))
		repeat(w, n, mebibyte)
		write(w, string(zip([]byte(`"}`))))
	}, "Content-Encoding: gzip")
}

// generated answers with a chunked body that is made while it is sent, so that a large body
// takes no memory.
func generated(body func(*bufio.Writer), header ...string) Behaviour {
	header = append(header, jsonType, "Transfer-Encoding: chunked")
	return OnRequest(func(c *Conn) {
		c.Send(head("HTTP/1.1", http.StatusOK, header...))
		chunks := httputil.NewChunkedWriter(c)
		w := bufio.NewWriterSize(chunks, 32<<10)
		body(w)
		if w.Flush() == nil && chunks.Close() == nil {
			c.Send("\r\n")
		}
	})
}

// write reports whether the client is still there. After an error all writes to w fail, so
// only long loops need to check.
func write(w *bufio.Writer, s string) bool {
	_, err := w.WriteString(s)
	return err == nil
}

// repeat writes s n times, in blocks to be fast, and stops when the client has gone.
func repeat(w *bufio.Writer, n int, s string) {
	per := 1 + 4096/len(s)
	block := strings.Repeat(s, per)
	for n >= per && write(w, block) {
		n -= per
	}
	write(w, block[:min(max(n, 0), per)*len(s)])
}
