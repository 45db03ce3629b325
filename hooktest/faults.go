package hooktest

import "time"

// interim is the answer to a client that waits with its body (Expect: 100-continue).
const interim = "HTTP/1.1 100 Continue\r\n\r\n"

// AtAccept ends a new connection before anything is read, and before the TLS handshake.
// With an RST, the client's dial may fail already.
func AtAccept(end Ending) Behaviour {
	return OnAccept(end)
}

// AtFirstByte ends a new connection when the first bytes of the request have come and none
// has been read: the client may still be sending. With TLS these are bytes of the
// handshake.
func AtFirstByte(end Ending) Behaviour {
	return OnAccept(func(c *Conn) {
		if c.begun() {
			end(c)
		}
	})
}

// AfterRequest reads the whole request and ends the connection without an answer.
func AfterRequest(end Ending) Behaviour {
	return OnRequest(end)
}

// AfterContinue sends "100 Continue", requested or not, and no answer.
func AfterContinue(end Ending) Behaviour {
	return AnswerRaw(interim, end)
}

// InStatusLine sends a part of the status line. Clients on net/http take that
// part for a whole line and report a malformed answer, whatever the ending.
func InStatusLine(end Ending) Behaviour {
	return AnswerRaw("HTTP/1.1 20", end)
}

// InHeaders sends the status line and a part of the headers. Clients on net/http take the
// last header for a whole one, as with [InStatusLine].
func InHeaders(end Ending) Behaviour {
	return AnswerRaw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le", end)
}

// InBody announces 100 bytes and sends 2 of them, which are valid JSON by
// themselves: "{}".
func InBody(end Ending) Behaviour {
	return AnswerRaw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}", end)
}

// InChunk announces a chunk of 16 bytes and sends 2 of them: "{}".
func InChunk(end Ending) Behaviour {
	return AnswerRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{}", end)
}

// AfterAnswer answers as [Answer] does, and ends the connection at once although the answer
// says that it is kept.
func AfterAnswer(status int, body string, end Ending) Behaviour {
	return AnswerRaw(answer(status, body), end)
}

// AtNextRequest answers as [Answer] does and keeps the connection, but ends it without an
// answer when the next request on it has been read. This is the race of a client that
// reuses a connection while the server closes it. Both requests are one step of the script.
func AtNextRequest(status int, body string, end Ending) Behaviour {
	return Then(Answer(status, body), AfterRequest(end))
}

// Then plays first for a request and second for the next one on the same connection,
// whatever happens on others meanwhile. Both are one step of the script.
func Then(first, second Behaviour) Behaviour {
	return Behaviour{atAccept: first.atAccept, play: func(c *Conn) {
		first.play(c)
		c.endRequest()
		if c.begun() {
			second.play(c)
		}
	}}
}

// Late reads the request, waits for d and then plays b. Nothing is sent meanwhile.
func Late(d time.Duration, b Behaviour) Behaviour {
	return OnRequest(func(c *Conn) {
		if c.Wait(d) {
			b.play(c)
		}
	})
}
