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
			workers, err := newPlainWorkers(t.Workers)
			client := resty.NewWithClient(&http.Client{Transport: tuned()}).
				SetRetryCount(3).SetRetryAllowNonIdempotent(true)
			return &restyClient{plainWorkers: workers, url: t.hookURL(), client: client}, err
		},
	}
}

type restyClient struct {
	plainWorkers

	url    string
	client *resty.Client
}

func (c *restyClient) Send(ctx context.Context, worker int) error {
	answer := new(Stream)
	resp, err := c.client.R().SetContext(ctx).SetBody(c.sent[worker]).SetResult(answer).Post(c.url)
	if err != nil {
		return err
	}
	c.taken[worker] = answer
	if resp.StatusCode() != http.StatusOK {
		return statusError(resp.StatusCode())
	}
	return nil
}

func (c *restyClient) Close() error {
	c.client.Client().CloseIdleConnections()
	return c.client.Close()
}
