package embedded

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Options of a server.
type Options struct {
	// Dir is the directory of the store. It is made if it is missing, for its owner only.
	Dir string
	// SyncAlways makes every message wait for the disk. Without it the files are synced every
	// 100 ms, and a loss of power can take what was acknowledged in the time since.
	SyncAlways bool
	// MaxStore bounds the bytes of all streams together; 1 GiB if 0 or less.
	MaxStore int64
	// Expected is how many bytes will be used; with less room on the disk a warning says so. Default: MaxStore.
	Expected int64
	// MaxPayload bounds the bytes of one message; 1 MiB if 0 or less.
	MaxPayload int32
	// Key encrypts what is stored (ChaCha20-Poly1305); nil: no encryption. A store keeps the key
	// with which it was made.
	Key []byte
	// Logger has what the server says and what the package does about faults; nil: nothing.
	Logger *slog.Logger
	// Changed is called with the fault when the server falls ill, and with nil when it is well
	// again: on a goroutine of the server, one call at a time, never after Close returned nil.
	// While it runs nothing is healed, so it must be quick; it must not call Close.
	Changed func(error)
}

const (
	serverName      = "resthook" // fixed, so that a restart finds its own
	syncInterval    = 100 * time.Millisecond
	defaultMaxStore = 1 << 30
	defaultPayload  = 1 << 20
	maxMemory       = 16 << 20 // streams in memory, of which there are none
)

func (o Options) withDefaults() Options {
	if o.MaxStore <= 0 {
		o.MaxStore = defaultMaxStore
	}
	if o.MaxPayload <= 0 {
		o.MaxPayload = defaultPayload
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func(error) {}
	}
	return o
}

// config returns the options of a new server. The server writes to them: each has its own.
func (o Options) config() *server.Options {
	return &server.Options{
		ServerName:             serverName,
		DontListen:             true,
		NoSigs:                 true,
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               o.Dir,
		SyncInterval:           syncInterval,
		SyncAlways:             o.SyncAlways,
		JetStreamMaxMemory:     maxMemory,
		JetStreamMaxStore:      o.MaxStore,
		JetStreamKey:           string(o.Key),
		JetStreamCipher:        server.ChaCha,
		MaxPayload:             o.MaxPayload,
		MaxPending:             max(server.MAX_PENDING_SIZE, 2*int64(o.MaxPayload)),
	}
}
