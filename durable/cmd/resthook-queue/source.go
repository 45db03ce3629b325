package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/inspect"
)

// source says where the store is.
type source struct {
	Store   string `placeholder:"DIR" help:"The directory of a store. No media server may have it open."`
	KeyFile string `placeholder:"FILE" help:"The key of an encrypted directory; a line end behind it does not count."`
	NATS    string `name:"nats" placeholder:"URL" help:"A NATS cluster: URLs, with commas between them."`
	Creds   string `placeholder:"FILE" help:"The credentials for NATS."`
	CA      string `name:"ca" placeholder:"FILE" help:"PEM: the authority to trust."`
	Cert    string `placeholder:"FILE" help:"PEM: the client's certificate."`
	Key     string `placeholder:"FILE" help:"PEM: the key of the certificate."`
}

// with opens the store for a function.
func (s *source) with(ctx context.Context, use func(*inspect.Store) error) (err error) {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close(context.WithoutCancel(ctx))) }()
	return use(store)
}

func (s *source) open(ctx context.Context) (*inspect.Store, error) {
	switch ofNATS := s.Creds + s.CA + s.Cert + s.Key; {
	case s.Store == "" && s.NATS == "":
		return nil, misuse("where is the store? --store DIR or --nats URL is wanted")
	case s.Store != "" && s.NATS != "":
		return nil, misuse("--store and --nats: one of them is wanted")
	case s.Store != "" && ofNATS != "":
		return nil, misuse("--creds, --ca, --cert and --key are for --nats")
	case s.NATS != "" && s.KeyFile != "":
		return nil, misuse("--key-file is for --store")
	case s.Store != "":
		return s.openDir(ctx)
	}
	return s.connect(ctx)
}

func misuse(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func (s *source) openDir(ctx context.Context) (*inspect.Store, error) {
	var key []byte
	if s.KeyFile != "" {
		text, err := os.ReadFile(s.KeyFile)
		if err != nil {
			return nil, misuse("--key-file: %w", err)
		}
		if key = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")); len(key) == 0 {
			return nil, misuse("--key-file: %s is empty", s.KeyFile)
		}
	}
	store, err := inspect.OpenDir(ctx, s.Store, key)
	if errors.Is(err, embedded.ErrInUse) {
		return nil, fmt.Errorf("%w: stop that process first; a store in a cluster is read with --nats while it is in use", err)
	}
	return store, err
}

func (s *source) connect(ctx context.Context) (*inspect.Store, error) {
	for address := range strings.SplitSeq(s.NATS, ",") {
		if u, err := url.Parse(strings.TrimSpace(address)); err != nil || u.Host == "" {
			return nil, misuse("--nats: URLs such as nats://host:4222 are wanted, with commas between them")
		}
	}
	var opts []nats.Option
	if s.Creds != "" {
		text, err := os.ReadFile(s.Creds)
		if err != nil {
			return nil, misuse("--creds: %w", err)
		}
		opts = append(opts, nats.UserCredentialBytes(text))
	}
	config, err := s.tls()
	if err != nil {
		return nil, err
	}
	if config != nil {
		opts = append(opts, nats.Secure(config))
	}
	return inspect.Connect(ctx, s.NATS, opts...)
}

// tls is the configuration that the files say, nil where there is none.
func (s *source) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if (s.Cert == "") != (s.Key == "") {
		return nil, misuse("--cert and --key: both are wanted, or none")
	}
	if s.CA != "" {
		text, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, misuse("--ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, misuse("--ca: %s has no certificate in PEM", s.CA)
		}
	}
	if s.Cert != "" {
		pair, err := tls.LoadX509KeyPair(s.Cert, s.Key)
		if err != nil {
			return nil, misuse("--cert and --key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if s.CA == "" && s.Cert == "" {
		return nil, nil
	}
	return config, nil
}
