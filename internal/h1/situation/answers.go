package situation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// answers are backends that differ in the bytes of their answers.
func answers() []Situation {
	return append(slices.Concat(framings(), beginnings(), statuses()), late(), Situation{
		Name: "an answer too many, at once", Start: func(t testing.TB) *Backend { return serve(t, twice) },
		Play:  inTurn(50),
		Other: readsInGoroutine,
	})
}

// readsInGoroutine is why net/http may differ if an answer is sent twice.
const readsInGoroutine = "net/http reads it in its own goroutine, too early or too late; ours checks before each request"

// framings are all ways to send the length of an answer.
func framings() []Situation {
	return []Situation{
		answered("chunked", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n%x\n%s\n0\n\n", len(b), b)
		}),
		answered("chunked, a chunk for each byte", func(b string) string {
			var text strings.Builder
			for _, c := range []byte(b) {
				fmt.Fprintf(&text, "1;ext=x\n%c\n", c)
			}
			return "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + text.String() + "0\n\n"
		}),
		answered("chunked, with trailers", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nTrailer: X-Sum\nTransfer-Encoding: chunked\n\n%x\n%s\n0\nX-Sum: 1\nX-More: 2\n\n", len(b), b)
		}),
		answered("chunked, an invalid trailer", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n%x\n%s\n0\nno colon here\n\n", len(b), b)
		}),
		answered("chunked, an invalid length", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\n%s\n0\n\n", b)
		}),
		answered("two lengths that agree", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\nContent-Length: %d\n\n%s", len(b), len(b), b)
		}),
		answered("two lengths that differ", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\nContent-Length: 3\n\n%s", len(b), b)
		}),
		answered("a length below 0", func(b string) string { return "HTTP/1.1 200 OK\nContent-Length: -1\n\n" + b }),
		answered("a length and chunks", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\n\n%x\n%s\n0\n\n", len(b), b)
		}),
	}
}

// beginnings are unusual and invalid heads.
func beginnings() []Situation {
	return []Situation{
		answered("names in lower case", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\ncontent-length: %d\nconnection: KEEP-ALIVE\n\n%s", len(b), b)
		}),
		answered("folded header lines", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nX-Long: a\n b\nContent-Length: %d\n\n%s", len(b), b)
		}),
		answered("no reason phrase", func(b string) string { return fmt.Sprintf("HTTP/1.1 200\nContent-Length: %d\n\n%s", len(b), b) }),
		answered("lines that end with a line feed alone", func(b string) string { return "" }),
		answered("garbage", func(string) string { return "what is this?\n\n" }),
		answered("HTTP/0.9", func(b string) string { return b }),
		answered("HTTP/3.0", func(b string) string { return fmt.Sprintf("HTTP/3.0 200 OK\nContent-Length: %d\n\n%s", len(b), b) }),
		answered("the settings of HTTP/2", func(string) string { return "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x10\x00\x00" }),
	}
}

func statuses() []Situation {
	var all []Situation
	for _, status := range []string{"201", "202", "204", "206", "301", "302", "304", "307", "401", "403", "404", "408", "429", "500", "502", "503", "599", "600", "999"} {
		all = append(all, answered("status "+status, func(b string) string {
			if status == "204" || status == "304" {
				return "HTTP/1.1 " + status + " X\n\n"
			}
			return fmt.Sprintf("HTTP/1.1 %s X\nContent-Length: %d\n\n%s", status, len(b), b)
		}))
	}
	for _, status := range []string{"099", "002", "-00", "20", "2000", "1 0", "abc"} {
		s := answered("status "+status+", which is invalid", func(b string) string {
			return fmt.Sprintf("HTTP/1.1 %s X\nContent-Length: 4\n\nabcdHTTP/1.1 200 OK\nContent-Length: %d\n\n%s", status, len(b), b)
		})
		s.Other = "net/http accepts some of these"
		all = append(all, s)
	}
	return all
}

// answered is a situation in which each request gets the answer text(body).
func answered(name string, text func(body string) string) Situation {
	return Situation{Name: "answer: " + name, Start: func(t testing.TB) *Backend {
		return serve(t, func(p *Peer, _ int) {
			for body, ok := p.Request(); ok && p.Send("%s", text(body)); body, ok = p.Request() {
				if text(body) == "" {
					_, _ = p.Write([]byte("HTTP/1.1 200 OK\nContent-Length: " + itoa(len(body)) + "\n\n" + body))
				}
			}
		})
	}, Play: inTurn(4), Timeout: time.Second}
}

// twice answers each request twice, in one write.
func twice(p *Peer, _ int) {
	for body, ok := p.Request(); ok; body, ok = p.Request() {
		answer := fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(body), body)
		if !p.Send("%s", answer+answer) {
			return
		}
	}
}

// late is a backend that answers each request a second time before the next one comes.
func late() Situation {
	sent := make(chan struct{}, 1)
	return Situation{
		Name: "an answer too many, a moment later",
		Start: func(t testing.TB) *Backend {
			return serve(t, func(p *Peer, _ int) {
				for body, ok := p.Request(); ok && p.Echo(body); body, ok = p.Request() {
					time.Sleep(time.Millisecond)
					p.Echo(body)
					sent <- struct{}{}
				}
			})
		},
		Play: func(_ *Backend, c Client) []Answer {
			answers := make([]Answer, 20)
			for i := range answers {
				answers[i] = c.Post(context.Background(), body(i))
				select {
				case <-sent:
				case <-time.After(5 * time.Second):
				}
			}
			return answers
		},
		Other: readsInGoroutine,
	}
}

// heads are heads of many sizes, and interim answers before them.
func heads() []Situation {
	var all []Situation
	for _, size := range []int{1 << 10, 4 << 10, 16 << 10, 32 << 10, 60 << 10, 70 << 10, 1 << 20} {
		all = append(all, answered(fmt.Sprintf("a head of %d KiB", size>>10), func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nX-Pad: %s\nContent-Length: %d\n\n%s", strings.Repeat("x", size), len(b), b)
		}))
	}
	for _, lines := range []int{10, 200, 5000} {
		all = append(all, answered(fmt.Sprintf("a head of %d lines", lines), func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\n%sContent-Length: %d\n\n%s", strings.Repeat("X-A: b\n", lines), len(b), b)
		}))
	}
	for _, interim := range []string{"100 Continue", "102 Processing", "103 Early Hints", "199 X"} {
		for _, n := range []int{1, 5} {
			all = append(all, answered(fmt.Sprintf("%d of %s before it", n, interim), func(b string) string {
				return strings.Repeat("HTTP/1.1 "+interim+"\nX-A: b\n\n", n) + fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(b), b)
			}))
		}
	}
	many := answered("1,000 interim answers before it", func(b string) string {
		return strings.Repeat("HTTP/1.1 102 Processing\n\n", 1000) + fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(b), b)
	})
	long := answered("interim answers that never end", func(string) string { return strings.Repeat("HTTP/1.1 102 Processing\n\n", 20_000) })
	return append(all, many, long, answered("101, which was not asked for", func(string) string {
		return "HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: upgrade\n\n"
	}))
}
