package chaos

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
)

// secretWord marks secrets, which must not appear in a log line or an error.
const secretWord = "SECRET"

// policy is the restClientConfig of every session. It lets the caller see the answer and
// the failure of each hook.
const policy = `{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"info","restOnError":"FAIL"},` +
	`"playStream":{"restPolicy":"OVERWRITE","restOverwrite":"info"},` +
	`"OnCallEvent":{"restPolicy":"OVERWRITE","restOverwrite":"info","restOnError":"FAIL"},` +
	`"StreamStatusEvent":{"restOnError":"FAIL"},"StreamKeepAliveEvent":{"restOnError":"FAIL"}}`

func nonceText(n int) string { return fmt.Sprintf("n0nce.%d.", n) }

// nonceIn finds the first nonce in a text, or -1.
func nonceIn(text []byte) int {
	_, rest, ok := bytes.Cut(text, []byte("n0nce."))
	if !ok {
		return -1
	}
	n, digits := 0, 0
	for _, c := range rest {
		switch {
		case c == '.' && digits > 0:
			return n
		case c < '0' || c > '9':
			return -1
		}
		n, digits = n*10+int(c-'0'), digits+1
	}
	return -1
}

// body is the body of an answer before its framing.
func (a act) body(hook string, nonce int) string {
	said := "no"
	if a.class == allowed {
		said = "yes"
	}
	object := fmt.Sprintf(`{"info":"%s %s","words":"%s of the backend"`, said, nonceText(nonce), secretWord)
	if hook == "connect" && a.class == allowed {
		object += `,"restClientConfig":` + policy
	}
	object += "}"
	switch a.kind {
	case bodyNull:
		return "null"
	case bodyArray:
		return "[" + object + "]"
	case bodyEmpty:
		return ""
	case bodyHTML:
		return "<html>" + object
	case bodyTwo:
		return object + object
	case bodyUTF8:
		return strings.Replace(object, "of the", "\xff\xfe", 1)
	case bodyLarge:
		return `{"a":"` + strings.Repeat("a", 1<<20) + `"}`
	}
	return object
}

// wire is the bytes of an answer, in the parts in which they are written.
func (a act) wire(hook string, nonce int) []string {
	body := a.body(hook, nonce)
	head := fmt.Sprintf("HTTP/1.1 %d Status\r\nContent-Type: application/json\r\n", a.status)
	switch a.kind {
	case bodyDamaged:
		head, body = head+"Content-Encoding: gzip\r\n", damaged(body)
	case bodyFalse:
		head += "Content-Encoding: gzip\r\n"
	}
	if a.ending == closeSaid {
		head += "Connection: close\r\n"
	}
	if a.status == 302 {
		head += "Location: /elsewhere\r\n"
	}
	if a.status == 503 || a.status == 429 {
		head += "Retry-After: 1\r\n"
	}
	if a.kind == bodyLarge || a.kind == bodyDamaged || a.kind == bodyFalse {
		return []string{lengthened(head, body)}
	}
	return frame(a.framing, head, body)
}

func lengthened(head, body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

func frame(framing, head, body string) []string {
	whole := lengthened(head, body)
	switch framing {
	case chunked:
		return []string{head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(body) + "0\r\n\r\n"}
	case trailers:
		return []string{head + "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body) + "0\r\nX-Sum: 1\r\n\r\n"}
	case untilClose:
		return []string{head + "\r\n" + body}
	case oldHTTP:
		return []string{strings.Replace(whole, "HTTP/1.1", "HTTP/1.0", 1)}
	case zipped:
		return []string{lengthened(head+"Content-Encoding: gzip\r\n", zip(body))}
	case interim:
		return []string{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "HTTP/1.1 102 Processing\r\n\r\n" + whole}
	case twoParts:
		return []string{whole[:len(whole)*2/3], whole[len(whole)*2/3:]}
	case withBOM:
		return []string{lengthened(head, "\ufeff"+body)}
	case noEncoding:
		return []string{lengthened(head+"Content-Encoding: utf-8\r\n", body)}
	case oddHead:
		return []string{fmt.Sprintf("%sserver:x\r\nVARY: a\r\nvary: b\r\ncontent-length:   %d  \r\nx-a: ü\r\n\r\n%s", head, len(body), body)}
	case longHead:
		return []string{lengthened(head+strings.Repeat("X-Filler: "+strings.Repeat("a", 1000)+"\r\n", 30), body)}
	}
	return []string{whole}
}

func chunks(body string) string {
	if body == "" {
		return ""
	}
	at := len(body) / 2
	if at == 0 {
		return fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	}
	return fmt.Sprintf("%x;ext=1\r\n%s\r\n%x\r\n%s\r\n", at, body[:at], len(body)-at, body[at:])
}

func zip(body string) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.String()
}

func damaged(body string) string {
	packed := []byte(zip(body))
	packed[len(packed)-6] ^= 0xff // the checksum
	return string(packed)
}

// tooMany is an allowing answer without a request: a client might take it for the answer to
// its next request.
func tooMany(nonce int) string {
	return lengthened("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", fmt.Sprintf(`{"info":"yes %s too many"}`, nonceText(nonce)))
}

// broken is what a backend sends for a fault, and whether it then resets the connection.
func broken(kind string, nonce int) (text string, reset bool) {
	object := fmt.Sprintf(`{"info":"yes %s"}`, nonceText(nonce))
	whole := lengthened("HTTP/1.1 200 OK\r\n", object)
	reset = strings.HasPrefix(kind, "rst")
	switch kind {
	case "rst in the status line", "fin in the status line":
		return "HTTP/1.1 20", reset
	case "rst in the head", "fin in the head":
		return whole[:len(whole)-len(object)-3], reset
	case "rst in the body", "fin in the body":
		return whole[:len(whole)-4], reset
	case "fin in a chunk":
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + object, false
	case "garbage":
		return "\x15\x03\x03\x00\x02\x02\x16 \x00\xff{}\r\n\r\n", false
	case "status 099":
		return "HTTP/1.1 099 X\r\n\r\n" + whole, false
	case "status 002":
		return strings.Replace(whole, "200", "002", 1) + whole, false
	case "status of letters":
		return strings.Replace(whole, "200", "two", 1), false
	case "two lengths":
		return strings.Replace(whole, "\r\n", "\r\nContent-Length: 1\r\n", 1), false
	case "bad chunk":
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ntwo\r\n" + object, false
	case "settings of http/2":
		return "\x00\x00\x00\x04\x00\x00\x00\x00\x00", false
	}
	return "", reset
}
