package resthook

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// prepare does once what is the same for every request of the app. net/http
// writes the head, so that hosts and paths are spelled as it spells them.
func (a *app) prepare() error {
	var b bytes.Buffer
	if err := a.post("", nil).Write(&b); err != nil {
		return fmt.Errorf("%w: app %q: %w", ErrConfig, a.key, err)
	}
	text := strings.TrimSuffix(b.String(), "\r\n") // the end of the head
	text = strings.Replace(text, "\r\nContent-Length: 0\r\n", "\r\n", 1)
	line, head, _ := strings.Cut(text, " HTTP/1.1\r\n")
	a.line, a.head = line, " HTTP/1.1\r\n"+head
	a.to = endpointOf(a.base)
	a.blank = &http.Request{Method: http.MethodPost, URL: a.base, Host: a.base.Host, Header: http.Header{}}
	return nil
}

// endpointOf is where an app's connections go.
func endpointOf(base *url.URL) h1.Endpoint {
	port := base.Port()
	switch {
	case port != "":
	case base.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return h1.Endpoint{Address: net.JoinHostPort(base.Hostname(), port), Secure: base.Scheme == "https"}
}

// post is a request for the method, without what differs from hook to hook.
func (a *app) post(method string, header http.Header) *http.Request {
	target := *a.base
	target.Path += "/" + method
	if target.RawPath != "" {
		target.RawPath += "/" + method
	}
	if header == nil {
		header = a.header
	}
	return &http.Request{
		Method: http.MethodPost, URL: &target, Host: target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// request is the hook for a transport of the media server's. It has no GetBody,
// so that net/http can't send it a second time on its own account.
func (c *call) request() *http.Request {
	header := c.app.header.Clone()
	if c.app.hash != nil {
		header.Set("Authorization", "WCS "+c.app.hash(c.body))
	}
	mark := c.mark()
	mark.write(header)
	if c.app.sign != nil {
		header.Set(HeaderSignature, c.app.sign(mark, c.body))
	}
	req := c.app.post(c.hook, header)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	return req
}

// appendRequest appends the hook as it goes over a connection of ours.
func (c *call) appendRequest(b []byte) []byte {
	b = append(append(append(b, c.app.line...), c.hook...), c.app.head...)
	b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(c.body)), 10)
	if c.app.hash != nil {
		b = append(append(b, "\r\nAuthorization: WCS "...), c.app.hash(c.body)...)
	}
	mark := c.mark()
	b = mark.append(b)
	if c.app.sign != nil {
		b = append(append(b, "\r\n"+HeaderSignature+": "...), c.app.sign(mark, c.body)...)
	}
	return append(append(b, "\r\n\r\n"...), c.body...)
}

// mark is the stamp of an attempt. A backend takes a signature for as long as its
// time is near, which the hook's own need not be: events are tried for minutes.
func (c *call) mark() stamp {
	mark := c.stamp
	if c.app.sign != nil {
		mark.time, mark.made = time.Now(), mark.time
	}
	return mark
}
