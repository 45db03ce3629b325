package tlsfiles

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// largest is how much is read of a file. The roots of a system have some 250 KiB.
const largest = 8 << 20

// texts are the contents of the files.
type texts struct {
	files                   Files
	roots, certificate, key []byte
}

func (f Files) texts() (t *texts, err error) {
	t = &texts{files: f}
	for _, file := range []struct {
		what, path string
		to         *[]byte
	}{{"roots", f.Roots, &t.roots}, {"certificate", f.Certificate, &t.certificate}, {"key", f.Key, &t.key}} {
		if file.path == "" {
			continue
		}
		if *file.to, err = readFile(file.path); err != nil {
			return nil, fmt.Errorf("%s file: %w", file.what, err)
		}
	}
	return t, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err // it has the path
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, largest+1))
	if err == nil && len(text) > largest {
		err = fmt.Errorf("%s: over %d bytes", path, largest)
	}
	return text, err
}

func (t *texts) sum() (sum [sha256.Size]byte) {
	all := sha256.New()
	for _, text := range [][]byte{t.roots, t.certificate, t.key} {
		one := sha256.Sum256(text)
		all.Write(one[:])
	}
	return [sha256.Size]byte(all.Sum(nil))
}

// fill puts what the texts hold into a configuration.
func (t *texts) fill(config *tls.Config) error {
	if t.files.Roots != "" {
		pool, err := rootsIn(t.roots)
		if err != nil {
			return fmt.Errorf("roots file: %s: %w", t.files.Roots, err)
		}
		config.RootCAs = pool
	}
	if t.files.Certificate == "" {
		return nil
	}
	if _, err := certificatesIn(t.certificate); err != nil {
		return fmt.Errorf("certificate file: %s: %w", t.files.Certificate, err)
	}
	pair, err := tls.X509KeyPair(t.certificate, t.key)
	if err != nil {
		why := strings.TrimPrefix(err.Error(), "tls: ")
		return fmt.Errorf("key file: %s, for the certificate %s: %s", t.files.Key, t.files.Certificate, why)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}

func rootsIn(text []byte) (*x509.CertPool, error) {
	found, err := certificatesIn(text)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, one := range found {
		pool.AddCert(one)
	}
	return pool, nil
}

var errNoCertificate = errors.New("no certificate in PEM")

// certificatesIn are all certificates of a text. crypto/x509 leaves out those that it cannot
// read, so that a damaged root would show as an unknown authority.
func certificatesIn(text []byte) (found []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(found)+1, err)
		}
		found = append(found, one)
	}
	if begun := bytes.Count(text, []byte("-----BEGIN CERTIFICATE-----")); begun > len(found) {
		return nil, fmt.Errorf("%d of its certificates are not whole in PEM", begun-len(found))
	}
	if len(found) == 0 {
		return nil, errNoCertificate
	}
	return found, nil
}
