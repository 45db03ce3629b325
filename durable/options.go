package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
)

// Option changes what [Open] and [Connect] make. An option that can't be followed is an error of
// theirs.
type Option func(*options) error

type options struct {
	node       string
	logger     *slog.Logger
	limits     resthook.QueueLimits
	maxBytes   int64
	maxEvents  int64
	deadBytes  int64
	deadAge    time.Duration
	syncAlways bool
	key        []byte
	replicas   int
	nats       []nats.Option
	onLost     func([]Session)
	observer   Observer
	recovery   time.Duration // how long the closing events of a restart wait for Recover
	silent     bool          // deliver while NATS is silent
	alone      bool          // no other process can use the store
}

// newOptions reads options: those of [Open], for a store that no other process can use, or those of [Connect].
func newOptions(given []Option, alone bool) (*options, error) {
	o := &options{
		logger: slog.Default(), maxBytes: 512 << 20, maxEvents: 1_000_000, deadBytes: 256 << 20, deadAge: 30 * 24 * time.Hour,
		replicas: 3, silent: alone, alone: alone,
	}
	if alone {
		o.node, o.replicas = "embedded", 1
	}
	var faults []error
	for _, option := range given {
		if option == nil {
			faults = append(faults, errors.New("a nil option"))
			continue
		}
		faults = append(faults, option(o))
	}
	if err := errors.Join(append(faults, o.check())...); err != nil {
		return nil, fmt.Errorf("%w: %w", resthook.ErrConfig, err)
	}
	if o.node == "" {
		host, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("%w: no node name: %w", resthook.ErrConfig, err)
		}
		o.node = host
	}
	return o, nil
}

// check finds the options that can't be followed where they were given.
func (o *options) check() error {
	var faults []error
	not := func(given bool, what string) {
		if given {
			faults = append(faults, errors.New(what))
		}
	}
	not(o.alone && o.replicas != 1, "replicas of a store in a directory")
	not(o.alone && o.nats != nil, "options of a connection for a store in a directory")
	not(!o.alone && o.key != nil, "encryption of a cluster: its servers do that")
	not(!o.alone && o.syncAlways, "sync always of a cluster: its servers do that")
	return errors.Join(faults...)
}

// WithNode names this media server. The name has to be the same after a restart, and no other one's:
// by it, a media server finds what it left. Of two processes with one name, the newer one has it. Default: the
// name of the host with [Connect], "embedded" with [Open].
func WithNode(name string) Option {
	return func(o *options) error {
		if name == "" || len(name) > 128 {
			return fmt.Errorf("node name %.40q: 1 to 128 bytes", name)
		}
		o.node = name
		return nil
	}
}

// WithLogger logs to a logger of the media server's. Default: [slog.Default].
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("a nil logger")
		}
		o.logger = logger
		return nil
	}
}

// WithLimits bounds what waits in memory; the same events also lie in the store. A limit of 0 is the
// default of [resthook.QueueLimits]. An event that is stored is never shed: where there is no room,
// new ones are refused, progress from 80 % of a limit on, status from 90 %, closing events at 100 %.
func WithLimits(limits resthook.QueueLimits) Option {
	return func(o *options) error {
		if limits.Events < 0 || limits.Bytes < 0 || limits.SessionEvents < 0 || limits.SessionBytes < 0 {
			return fmt.Errorf("limits %+v: negative", limits)
		}
		o.limits = limits
		return nil
	}
}

// mostBytes is the largest bound of a store. Larger ones overflow in a server's own sums.
const mostBytes = 1 << 40

// WithMaxStore bounds the store, in bytes and in messages. Of a cluster, the first media server that connects sets the
// bounds, and those of the dead letters; where others want other ones, a warning says so. From 80 % on, progress is refused, from
// 90 % on, status; closing events to the end. Default: 512 MiB and 1,000,000. An embedded server's
// directory takes up to twice the bytes beside the dead letters.
func WithMaxStore(bytes, messages int64) Option {
	return func(o *options) error {
		if bytes < 1<<20 || bytes > mostBytes || messages < 100 {
			return fmt.Errorf("store of %d bytes and %d messages: at least 1 MiB and 100, at most 1 TiB", bytes, messages)
		}
		o.maxBytes, o.maxEvents = bytes, messages
		return nil
	}
}

// WithDeadLetters bounds the dead letters: the oldest goes first. Default: 256 MiB and 30 days.
func WithDeadLetters(bytes int64, age time.Duration) Option {
	return func(o *options) error {
		if bytes < 1<<20 || bytes > mostBytes || age < time.Minute {
			return fmt.Errorf("dead letters of %d bytes and %v: at least 1 MiB and a minute, at most 1 TiB", bytes, age)
		}
		o.deadBytes, o.deadAge = bytes, age
		return nil
	}
}

// WithSyncAlways has each event written through to the disk before it counts as stored, by [Open].
// It costs some eight times as much, on a fast disk. Default: every 100 ms, so that a power cut may take what was
// stored in the last moments; the end of the process takes nothing.
func WithSyncAlways() Option {
	return func(o *options) error {
		o.syncAlways = true
		return nil
	}
}

// WithEncryption encrypts the store of [Open] with a key. The same key is needed ever after. The key
// is in no log and no error. Default: payloads lie on the disk as they are, readable by the user alone.
func WithEncryption(key []byte) Option {
	return func(o *options) error {
		if len(key) < 16 {
			return errors.New("encryption key: at least 16 bytes")
		}
		o.key = append([]byte(nil), key...)
		return nil
	}
}

// WithReplicas sets how many nodes of the cluster hold each event, by [Connect]: 1, 3 or 5. Default: 3.
func WithReplicas(n int) Option {
	return func(o *options) error {
		if n != 1 && n != 3 && n != 5 {
			return fmt.Errorf("%d replicas: 1, 3 or 5", n)
		}
		o.replicas = n
		return nil
	}
}

// WithNATS adds options of the connection of [Connect], such as credentials and TLS. The store never gives up
// to reconnect, whatever they say.
func WithNATS(opts ...nats.Option) Option {
	return func(o *options) error {
		o.nats = append(o.nats, opts...)
		return nil
	}
}

// WithOnLost has the media server told when others took this node for dead while it lived, such as
// after a long sleep. Then the backend has been told, or is being told, that these sessions have
// ended, and the media server should end them. f is called on a goroutine of its own; a panic of it is
// logged.
func WithOnLost(f func([]Session)) Option {
	return func(o *options) error {
		if f == nil {
			return errors.New("a nil function for lost sessions")
		}
		o.onLost = f
		return nil
	}
}

// WithRecovery has the closing events that a restart makes due wait until [Store.Recover] is called,
// at most so long, so that sessions that outlived the restart can be resumed before. Default: they do
// not wait.
func WithRecovery(within time.Duration) Option {
	return func(o *options) error {
		if within < 0 {
			return fmt.Errorf("recovery within %v: negative", within)
		}
		o.recovery = within
		return nil
	}
}

// WithDeliveryWhileSilent decides what happens while NATS does not answer for three seconds. With
// true, events in memory are delivered on: then, if others take this node for dead, the backend may
// get events twice, each with its id, and some behind the closing one. With false, they wait.
// Default: false with [Connect]; true with [Open], where there are no others.
func WithDeliveryWhileSilent(on bool) Option {
	return func(o *options) error {
		o.silent = on
		return nil
	}
}

// Session names a session of the media server.
type Session struct {
	AppKey string
	ID     string
}

// contextFor bounds a request of the slow road.
func contextFor(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 10*time.Second)
}
