package backend

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
)

// Option changes what [Wrap] does. Wrap checks all options; their order does not matter.
type Option func(*options) error

type options struct {
	hashKeys [][]byte
	secrets  [][]byte
	maxAge   time.Duration // 0: not given
	basic    *basicAuth
	limit    int64
	repeats  *RepeatLimits // nil: not given
	all      bool          // repeats are handled, too
	logger   *slog.Logger
}

func newOptions(opts []Option) (*options, error) {
	o := &options{limit: defaultBodyLimit}
	var faults []error
	for _, opt := range opts {
		if opt == nil {
			faults = append(faults, fmt.Errorf("%w: a nil option", resthook.ErrConfig))
		} else if err := opt(o); err != nil {
			faults = append(faults, fmt.Errorf("%w: %w", resthook.ErrConfig, err))
		}
	}
	return o, errors.Join(append(faults, o.check())...)
}

func (o *options) check() error {
	switch {
	case o.basic != nil && o.hashKeys != nil:
		return fmt.Errorf("%w: basic auth and the WCS hash both want the Authorization header", resthook.ErrConfig)
	case o.maxAge != 0 && o.secrets == nil:
		return fmt.Errorf("%w: an age of signed hooks, and no signatures", resthook.ErrConfig)
	case o.repeats != nil && o.all:
		return fmt.Errorf("%w: limits of repeats, and no repeats", resthook.ErrConfig)
	}
	return nil
}

// WithBodyLimit sets how many bytes a hook may have, 2 bytes to 1 GiB; a larger
// one is answered with 413. Nothing beyond the limit is read. Default: 1 MiB.
func WithBodyLimit(bytes int64) Option {
	return func(o *options) error {
		if bytes < 2 || bytes > 1<<30 {
			return fmt.Errorf("a body limit of %d bytes: not from 2 to %d", bytes, 1<<30)
		}
		o.limit = bytes
		return nil
	}
}

// WithLogger logs one line for each hook: its message is "hook answered", its
// level Debug, Info for status 4xx, Error for status 5xx. Its attributes are hook,
// session, id (the Webhook-Id, which the media server's log lines have, too), status,
// duration, remote and, if there is one, repeat and error. None of them has a payload or a
// secret; error is what the handler returned. With a logger, a handler's panic is answered
// with 500, and the line has the stack. Without one the panic is left to net/http, which
// logs it and drops the connection. Default: nothing is logged.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("a nil logger")
		}
		o.logger = logger
		return nil
	}
}

// age is how old a signed hook may be.
func (o *options) age() time.Duration { return cmp.Or(o.maxAge, defaultMaxAge) }

// memory remembers answers to repeats; nil if every hook is handled. By default answers
// are remembered as long as a signature is valid, unless a limit is reached.
func (o *options) memory() *repeats {
	if o.all {
		return nil
	}
	var limits RepeatLimits
	if o.repeats != nil {
		limits = *o.repeats
	}
	return newRepeats(limits, max(defaultWindow, o.age()+maxAhead))
}

// checks authenticate the sender. Each checks the header before the body is read, so that
// a stranger's body is not read.
func (o *options) checks() []check {
	var checks []check
	if o.basic != nil {
		checks = append(checks, o.basic.check)
	}
	if o.hashKeys != nil {
		checks = append(checks, hashCheck(o.hashKeys))
	}
	if o.secrets != nil {
		checks = append(checks, signatureCheck(o.secrets, o.age()))
	}
	return checks
}

// check refuses a request by its header, or returns a check of its body, which may be nil.
type check func(header http.Header) (verify, error)

type verify func(body []byte) error
