package peer

import (
	"github.com/failsafe-go/failsafe-go/failsafehttp"
)

func failsafeEntry() Entry {
	return Entry{
		Name: "failsafe-go", Does: "its retry policy around the floor's transport", Decodes: true,
		Open: func(t Target) (Contestant, error) {
			transport := tuned()
			c, err := newNetHTTP(t, transport, 0, readAll)
			if own, ok := c.(*netHTTP); ok {
				retries := failsafehttp.NewRetryPolicyBuilder().Build() //nolint:bodyclose // a policy, no answer
				own.client.Transport = failsafehttp.NewRoundTripper(transport, retries)
			}
			return c, err
		},
	}
}
