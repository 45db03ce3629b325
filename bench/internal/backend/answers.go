package backend

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// The answers that a round is measured with.
const (
	// Changed is a yes in which every field has another value than the bench's
	// payload has, so that nobody gets away with not reading it.
	Changed = "200, another object"
	// Mirror is the request's body.
	Mirror = "200, the same object"
)

// changed is as long as the payload.
const changed = `{"nodeId":"Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1","appKey":"defaultApp",` +
	`"sessionId":"/10.20.30.40:64573/10.20.30.1:8443-0b6ae1f0-6c1f-4f0e-9d2e-1d5b7f000000",` +
	`"mediaSessionId":"9a1b3c5d-0e2f-4a6b-8c7d-e9f8a7b6c5d4","name":"conference-43/camera-8","published":false,` +
	`"hasVideo":false,"hasAudio":false,"status":"UNPUBLISHED","record":true,"width":1920,"height":1080,"bitrate":2600,` +
	`"minBitrate":600,"maxBitrate":4100,"mediaProvider":"MSE000","mediaType":"playing","audioCodec":"PCMA",` +
	`"videoCodec":"H265","gop":50,"fps":25,"audioBitrate":64,"audioState":{"muted":true},"videoState":{"muted":true},` +
	`"transport":"TCP","createDate":1795456800456}`

// answer writes one answer; requests to /moved are those that follow a redirect.
type answer struct {
	name  string
	write func(*fasthttp.RequestCtx)
}

func answers() []answer {
	page := "<html><body>" + strings.Repeat("<p>Whoops, something went wrong.</p>\n", 113) + "</body></html>"
	return []answer{
		{Changed, text(http.StatusOK, "application/json", changed)},
		{Mirror, func(c *fasthttp.RequestCtx) {
			c.SetContentType("application/json")
			c.SetBody(c.PostBody())
		}},
		{"200, object in chunks", func(c *fasthttp.RequestCtx) {
			c.SetContentType("application/json")
			c.SetBodyStream(bytes.NewReader([]byte(changed)), -1)
		}},
		{"200, empty", text(http.StatusOK, "application/json", "")},
		{"200, 64 KiB of HTML", text(http.StatusOK, "text/html", strings.Repeat(page, 16))},
		{"204", text(http.StatusNoContent, "text/plain", "")},
		{"302, HTML", func(c *fasthttp.RequestCtx) {
			text(http.StatusFound, "text/html", `<a href="/moved">moved</a>`)(c)
			c.Response.Header.Set("Location", "/moved")
		}},
		{"403, text", text(http.StatusForbidden, "text/plain", "wrong token")},
		{"500, 4 KiB of HTML", text(http.StatusInternalServerError, "text/html", page)},
	}
}

func text(status int, kind, body string) func(*fasthttp.RequestCtx) {
	return func(c *fasthttp.RequestCtx) {
		c.SetStatusCode(status)
		c.SetContentType(kind)
		c.SetBodyString(body)
	}
}

// Answers returns the names of what a backend can answer.
func Answers() []string {
	var names []string
	for _, a := range answers() {
		names = append(names, a.name)
	}
	return names
}

func answerNamed(name string) (answer, error) {
	all := answers()
	i := slices.IndexFunc(all, func(a answer) bool { return a.name == name })
	if i < 0 {
		return answer{}, fmt.Errorf("answer %q: not one of %q", name, Answers())
	}
	return all[i], nil
}
