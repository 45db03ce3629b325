package hooktest

import "maps"

// Malformed returns answers that are not HTTP, or break its rules in a way that a client
// must notice. Each has a name, for a table of tests. The connection is closed after each
// answer. As far as possible, each has a 200 and a JSON object in it. The caller may change
// the map.
func Malformed() map[string]Behaviour {
	all := malformedStarts()
	maps.Copy(all, malformedHeaders())
	maps.Copy(all, malformedChunks())
	return all
}

// Garbage answers with bytes that are not HTTP at all and closes.
func Garbage() Behaviour {
	return AnswerRaw("\x15\x03\x03\x00\x02\x02\x16 \x00\xff{}\r\n\r\n", Close)
}

func malformedStarts() map[string]Behaviour {
	const rest = "\r\nContent-Length: 2\r\n\r\n{}"
	return map[string]Behaviour{
		"garbage":                Garbage(),
		"no status line":         AnswerRaw("{}\r\n\r\n", Close),
		"another protocol":       AnswerRaw("SSH-2.0-OpenSSH_9.6\r\n", Close),
		"shoutcast":              AnswerRaw("ICY 200 OK"+rest, Close),
		"settings of http/2":     AnswerRaw("\x00\x00\x00\x04\x00\x00\x00\x00\x00", Close),
		"no status":              AnswerRaw("HTTP/1.1"+rest, Close),
		"status of letters":      AnswerRaw("HTTP/1.1 two OK"+rest, Close),
		"status of two digits":   AnswerRaw("HTTP/1.1 20 OK"+rest, Close),
		"version without number": AnswerRaw("HTTP/one 200 OK"+rest, Close),
	}
}

func malformedHeaders() map[string]Behaviour {
	with := func(lines string) Behaviour {
		return AnswerRaw("HTTP/1.1 200 OK\r\n"+lines+"\r\n\r\n{}", Close)
	}
	return map[string]Behaviour{
		"two lengths":             with("Content-Length: 2\r\nContent-Length: 3"),
		"negative length":         with("Content-Length: -2"),
		"length of letters":       with("Content-Length: two"),
		"length beyond 64 bits":   with("Content-Length: 99999999999999999999"),
		"header without colon":    with("Content-Length 2"),
		"unknown transfer coding": with("Transfer-Encoding: snappy"),
	}
}

func malformedChunks() map[string]Behaviour {
	with := func(chunks string) Behaviour {
		return AnswerRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+chunks, Close)
	}
	return map[string]Behaviour{
		"chunk size of letters":     with("two\r\n{}\r\n0\r\n\r\n"),
		"chunk longer than said":    with("1\r\n{}\r\n0\r\n\r\n"),
		"chunk size beyond 64 bits": with("fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
		"chunk missing its end":     with("2\r\n{}0\r\n\r\n"),
	}
}
