package peer

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"
)

func fastHTTPEntry() Entry {
	return Entry{
		Name: "fasthttp", Does: "encoding/json both ways, no timeout, no context", Decodes: true,
		Open: func(t Target) (Contestant, error) {
			lanes, err := newPlainLanes(t.Lanes)
			client := &fasthttp.Client{MaxConnsPerHost: 16384, MaxIdleConnDuration: time.Minute, Dial: patient}
			return &fastHTTP{plainLanes: lanes, url: t.hookURL(), client: client}, err
		},
	}
}

// patient dials with net/http's limit; fasthttp's is 3 seconds, too short for a
// growth to thousands of connections on a busy machine.
func patient(address string) (net.Conn, error) { return fasthttp.DialTimeout(address, 30*time.Second) }

type fastHTTP struct {
	plainLanes

	url    string
	client *fasthttp.Client
}

func (c *fastHTTP) Send(_ context.Context, lane int) error {
	body, err := json.Marshal(c.sent[lane])
	if err != nil {
		return err
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(c.url)
	req.Header.SetMethod(http.MethodPost)
	req.Header.SetContentType("application/json")
	req.SetBodyRaw(body)
	if err := c.client.Do(req, resp); err != nil {
		return err
	}
	if resp.StatusCode() != http.StatusOK {
		return statusError(resp.StatusCode())
	}
	c.taken[lane] = new(Stream)
	return json.Unmarshal(resp.Body(), c.taken[lane])
}

func (c *fastHTTP) Close() error {
	c.client.CloseIdleConnections()
	return nil
}
