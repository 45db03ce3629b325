package flags

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Connection has the flags for signatures, headers and TLS, which send, bench, replay and
// forward share.
type Connection struct {
	Sign   []string `placeholder:"SECRET" sep:"none" help:"Sign as Standard Webhooks has it: a key in base64, with whsec_ before it or not; repeatable. Default: that of the environment's RESTHOOK_SIGNING_SECRET, or none."`
	Header []string `placeholder:"\"NAME: VALUE\"" sep:"none" help:"A further header of each hook; repeatable. Those of the connection, of the body and of the hook itself cannot be set. Default: none."`
	CACert *string  `name:"cacert" placeholder:"FILE" help:"The authority to trust, in PEM. Default: those of the system."`
	Cert   *string  `placeholder:"FILE" help:"The client's certificate, in PEM. Default: none."`
	Key    *string  `placeholder:"FILE" help:"Its key, in PEM. Default: none."`
}

// SigningVariable is the environment variable for the signing secret: unlike a flag, it
// does not appear in a list of processes.
const SigningVariable = "RESTHOOK_SIGNING_SECRET"

// Secrets reads and checks the signing secrets.
func (c *Connection) Secrets() ([]resthook.Secret, error) {
	given, source := c.Sign, "--sign"
	if text := os.Getenv(SigningVariable); len(given) == 0 && text != "" {
		given, source = []string{text}, SigningVariable
	}
	secrets := make([]resthook.Secret, len(given))
	for i, text := range given {
		secrets[i] = resthook.NewSecret(text)
		if err := probe(resthook.App{URL: "http://backend", SigningSecrets: secrets[i : i+1]}); err != nil {
			return nil, fmt.Errorf("%s: a secret in base64 is wanted, with whsec_ before it or not", source)
		}
	}
	return secrets, nil
}

// Headers reads and checks the headers to add.
func (c *Connection) Headers() (http.Header, error) {
	headers := http.Header{}
	for _, text := range c.Header {
		name, value, found := strings.Cut(text, ":")
		if !found { // not quoted: it may be a secret
			return nil, errors.New("--header: no colon in it: NAME: VALUE is wanted")
		}
		value = strings.Trim(value, " \t")
		if err := probe(resthook.App{URL: "http://backend"}, resthook.WithHeader(name, value)); err != nil {
			return nil, fmt.Errorf("--%s", reason(err))
		}
		headers.Add(name, value)
	}
	return headers, nil
}

// TLS is the TLS configuration, or nil for the library's default.
func (c *Connection) TLS() (*tls.Config, error) {
	if c.CACert == nil && c.Cert == nil && c.Key == nil {
		return nil, nil //nolint:nilnil // the zero value of a flag
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if config.RootCAs, err = c.authority(); err != nil {
		return nil, fmt.Errorf("--cacert: %w", err)
	}
	if config.Certificates, err = c.certificate(); err != nil {
		return nil, err
	}
	return config, nil
}

func (c *Connection) authority() (*x509.CertPool, error) {
	if c.CACert == nil {
		return nil, nil //nolint:nilnil // the system's
	}
	text, err := input.File(*c.CACert)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: no certificate in PEM", terminal.Printable(*c.CACert))
	}
	return pool, nil
}

func (c *Connection) certificate() ([]tls.Certificate, error) {
	switch {
	case c.Cert == nil && c.Key == nil:
		return nil, nil
	case c.Cert == nil:
		return nil, errors.New("--key: --cert is wanted with it")
	case c.Key == nil:
		return nil, errors.New("--cert: --key is wanted with it")
	}
	text, err := input.File(*c.Cert)
	if err != nil {
		return nil, fmt.Errorf("--cert: %w", err)
	}
	key, err := input.File(*c.Key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	pair, err := tls.X509KeyPair(text, key)
	if err != nil {
		return nil, fmt.Errorf("--cert %s, --key %s: %w", terminal.Printable(*c.Cert), terminal.Printable(*c.Key), err)
	}
	return []tls.Certificate{pair}, nil
}

// probe returns the library's error about an app or an option.
func probe(app resthook.App, opts ...resthook.Option) error {
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts, resthook.WithApp(app), silent())...)
	if err == nil {
		_ = client.Close(context.Background()) // nothing was sent
	}
	return err
}

// reason is the library's error without its prefixes; the caller names the flag instead.
func reason(err error) string {
	text := strings.TrimPrefix(err.Error(), resthook.ErrConfig.Error()+": ")
	return strings.TrimPrefix(text, "app: ")
}
