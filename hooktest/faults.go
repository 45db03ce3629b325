package hooktest

import "time"

// interim is what a server sends to a client that waits before it sends a body.
const interim = "HTTP/1.1 100 Continue\r\n\r\n"

// AtAccept ends a new connection before anything is read, and before the TLS
// handshake. An RST so early may already be the outcome of the client's dial.
func AtAccept(end Ending) Behaviour {
	return OnAccept(end)
}

// AtFirstByte ends a new connection when the first bytes of the request have
// come and none has been read: the client may still be sending. Under TLS those
// are the bytes of the handshake.
func AtFirstByte(end Ending) Behaviour {
	return OnAccept(func(c *Conn) {
		if c.begun() {
			end(c)
		}
	})
}

// AfterRequest reads the whole request and ends the connection without a word.
func AfterRequest(end Ending) Behaviour {
	return OnRequest(end)
}

// AfterContinue sends "100 Continue", asked for or not, and no answer.
func AfterContinue(end Ending) Behaviour {
	return AnswerRaw(interim, end)
}

// InStatusLine sends a part of the status line. Clients on net/http take that
// part for a whole line and report a malformed answer, whatever the ending.
func InStatusLine(end Ending) Behaviour {
	return AnswerRaw("HTTP/1.1 20", end)
}

// InHeaders sends the status line and a part of the headers. What
// [InStatusLine] says of net/http goes for the last header too.
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

// AfterAnswer answers as [Answer] does, which promises to keep the connection,
// and ends it at once all the same.
func AfterAnswer(status int, body string, end Ending) Behaviour {
	return AnswerRaw(answer(status, body), end)
}

// AtNextRequest answers as [Answer] does and keeps the connection, but ends it
// without an answer once the next request on it has been read: the race that a
// client loses when it reuses a connection just as the server drops it. The two
// requests are one turn of the script.
func AtNextRequest(status int, body string, end Ending) Behaviour {
	return Then(Answer(status, body), AfterRequest(end))
}

// Then plays first for a request and second for the next one on the same
// connection, whatever happens on others meanwhile. Both are one turn of the
// script.
func Then(first, second Behaviour) Behaviour {
	return Behaviour{atAccept: first.atAccept, play: func(c *Conn) {
		first.play(c)
		c.endTurn()
		if c.begun() {
			second.play(c)
		}
	}}
}

// Late reads the request, lets d pass and then plays b. Nothing is sent
// meanwhile.
func Late(d time.Duration, b Behaviour) Behaviour {
	return OnRequest(func(c *Conn) {
		if c.Wait(d) {
			b.play(c)
		}
	})
}
