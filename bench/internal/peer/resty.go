package peer

import (
	"context"
	"net/http"

	"resty.dev/v3"
)

func restyEntry() Entry {
	return Entry{
		Name: "resty v3", Does: "SetBody, SetResult, 3 retries, pool sized", Decodes: true,
		Open: func(t Target) (Contestant, error) {
			lanes, err := newPlainLanes(t.Lanes)
			client := resty.NewWithClient(&http.Client{Transport: tuned()}).
				SetRetryCount(3).SetRetryAllowNonIdempotent(true)
			return &restyClient{plainLanes: lanes, url: t.hookURL(), client: client}, err
		},
	}
}

type restyClient struct {
	plainLanes

	url    string
	client *resty.Client
}

func (c *restyClient) Send(ctx context.Context, lane int) error {
	answer := new(Stream)
	resp, err := c.client.R().SetContext(ctx).SetBody(c.sent[lane]).SetResult(answer).Post(c.url)
	if err != nil {
		return err
	}
	c.taken[lane] = answer
	if resp.StatusCode() != http.StatusOK {
		return statusError(resp.StatusCode())
	}
	return nil
}

func (c *restyClient) Close() error {
	c.client.Client().CloseIdleConnections()
	return c.client.Close()
}
