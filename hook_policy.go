package resthook

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// HookPolicy is the time limit and the retry policy of one method, where they differ from
// those of all hooks: a player waits 500 milliseconds, a connect 5 seconds. What is 0 or
// false is as for all hooks.
type HookPolicy struct {
	// Timeout bounds each attempt. Default, 0: [Config].RequestTimeout.
	Timeout time.Duration
	// Total bounds a hook that is sent: all attempts and the waits between them. When it
	// ends, the error matches [ErrTimeout], and nothing is tried again. A retry that would
	// begin later is not made; the error is then that of the last attempt. An event is
	// bounded by [WithEventAge] alone. Default, 0: the caller's context bounds it.
	Total time.Duration
	// Retries is how often a hook is tried again at most; [NoRetry]: never. Default, 0:
	// [Config].RetryCount. Where rest_client_request_sent_retry_enabled is false, nothing
	// is tried again.
	Retries int
	// RetryStatuses are tried again, beside those of [WithRetryStatuses] and
	// [WithEventRetryStatuses]. Default: none.
	RetryStatuses []int
	// RetryTimeouts is [WithRetryTimeouts] for this method. Default: false.
	RetryTimeouts bool
}

// NoRetry are the Retries of a [HookPolicy] for one attempt only.
const NoRetry = -1

// WithHookPolicy sets the time limit and the retry policy of one method, for hooks that are
// sent, for its events, for [Client.Connect], [Client.AdmitHLS], [Client.AdmitRTSP] and
// keep-alives. It may be given once for each method. Default: all methods have those of the
// [Config] and of the other options.
func WithHookPolicy(method Method, policy HookPolicy) Option {
	policy.RetryStatuses = slices.Clone(policy.RetryStatuses)
	return func(o *options) error {
		if method == nil || method.Name() == "" {
			return errors.New("hook policy: a nil method, or one that NewHook did not make")
		}
		name := method.Name()
		if err := policy.check(); err != nil {
			return fmt.Errorf("hook policy of %s: %w", name, err)
		}
		if o.policies[name] != nil {
			return fmt.Errorf("two hook policies of %s", name)
		}
		if o.policies == nil {
			o.policies = map[string]*hookPolicy{}
		}
		o.policies[name] = &hookPolicy{HookPolicy: policy}
		return nil
	}
}

func (p HookPolicy) check() error {
	switch {
	case p.Timeout < 0 || p.Total < 0:
		return fmt.Errorf("a time below 0: %v, %v in total", p.Timeout, p.Total)
	case p.Retries < NoRetry || p.Retries > maxCount:
		return fmt.Errorf("%d retries: not from %d to %d", p.Retries, NoRetry, maxCount)
	}
	return checkStatuses(p.RetryStatuses)
}

// hookPolicy is a HookPolicy with the statuses of the other options.
type hookPolicy struct {
	HookPolicy

	statuses      []int // that are tried again
	eventStatuses []int // of events
}

// fillPolicies adds the statuses of all hooks to those of each method.
func (o *options) fillPolicies() {
	for _, p := range o.policies {
		p.statuses = slices.Concat(p.RetryStatuses, o.retry.statuses)
		p.eventStatuses = slices.Concat(p.RetryStatuses, o.eventStatuses)
	}
}

// retries is the retry policy of a method under a config.
func (o *options) retries(cfg Config, hook string) retryPolicy {
	policy := o.retry
	if cfg.SentRetryEnabled {
		policy.count = cfg.RetryCount
	}
	own := o.policies[hook]
	if own == nil {
		return policy
	}
	policy.statuses, policy.timeouts = own.statuses, policy.timeouts || own.RetryTimeouts
	if cfg.SentRetryEnabled && own.Retries != 0 {
		policy.count = max(0, own.Retries)
	}
	return policy
}

// eventRetries is retries for events.
func (o *options) eventRetries(cfg Config, hook string) retryPolicy {
	policy := o.retries(cfg, hook)
	policy.statuses = o.eventStatuses
	if own := o.policies[hook]; own != nil {
		policy.statuses = own.eventStatuses
	}
	return policy
}

// attemptTime bounds an attempt of a method; 0: nothing does.
func (o *options) attemptTime(cfg Config, hook string) time.Duration {
	if own := o.policies[hook]; own != nil && own.Timeout > 0 {
		return own.Timeout
	}
	return cfg.RequestTimeout
}

// setTotal starts the time that the hook may take in all.
func (c *call) setTotal() {
	if own := c.policy; own != nil && own.Total > 0 {
		c.end = time.Now().Add(own.Total)
	}
}

// deadline is when an attempt has to end that has begun; zero: never.
func (c *call) deadline(begun time.Time) time.Time {
	if c.timeout <= 0 {
		return c.end
	}
	if end := begun.Add(c.timeout); c.end.IsZero() || end.Before(c.end) {
		return end
	}
	return c.end
}

var (
	errHookTime = errors.New("HookPolicy.Timeout is over")
	// errTotalTime ends a hook that takes longer than its policy allows.
	errTotalTime = errors.New("HookPolicy.Total is over")
	// errNoTotal says why a hook was not tried as often as it could have been.
	errNoTotal = errors.New("no further attempt fits into HookPolicy.Total")
)

// blame has the failure of an attempt say which time of the hook's policy was over. The end
// of the total is a time-out also while the attempt was connecting.
func (c *call) blame(at *attempt) {
	if c.policy == nil || !errors.Is(at.Err, h1.ErrTime) || errors.Is(at.Err, h1.ErrConnectTime) {
		return
	}
	switch {
	case !c.end.IsZero() && !time.Now().Before(c.end):
		at.failure = at.failure.because(faultTimeout, lateIn(at.Phase, errTotalTime))
	case c.policy.Timeout > 0:
		at.failure = at.failure.because(at.failure.kind, lateIn(at.Phase, errHookTime))
	}
}
