// Package tlsfiles reads the roots and the client certificate of a TLS configuration from
// files, and reads them again when they change.
package tlsfiles

import (
	"crypto/sha256"
	"crypto/tls"
	"strconv"
	"sync"
	"time"
)

// Interval is the shortest time between two looks at the files by [Source.Config].
const Interval = time.Minute

// Files are paths of files in PEM; an empty one is not read.
type Files struct {
	Roots       string // the authorities to trust
	Certificate string // of the client, with its chain
	Key         string // of the certificate
}

// Source has the configuration that the files last had when all of them were good. It is
// safe for concurrent use.
type Source struct {
	files Files
	base  *tls.Config

	// Report, set before the first use or nil, is called after a look of Config: with nil when
	// the files have changed or are good again, with an error when they have become bad. It is
	// called once for a fault that stays.
	Report func(error)

	mu       sync.Mutex
	looked   time.Time
	sum      [sha256.Size]byte // of the texts in config
	config   *tls.Config
	versions int    // how many configurations there were
	fault    string // that was reported; empty if the last look was good
}

// Open reads the files for the first time. Everything that they do not say is as in base,
// which is not changed; nil is TLS 1.2 or later. An error names the file.
func Open(files Files, base *tls.Config) (*Source, error) {
	if base == nil {
		base = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	s := &Source{files: files, base: base}
	_, err := s.read()
	return s, err
}

// Config returns the current configuration, always the same pointer for the same content. It
// looks at the files if it last did so a minute ago; a file that is bad then changes nothing.
func (s *Source) Config() *tls.Config {
	s.mu.Lock()
	if time.Since(s.looked) < Interval {
		defer s.mu.Unlock()
		return s.config
	}
	changed, err := s.read()
	config, tell := s.config, s.isNews(changed, err)
	s.mu.Unlock()
	if tell && s.Report != nil {
		s.Report(err)
	}
	return config
}

// Read looks at the files now. If one of them is bad, it returns why and changes nothing.
func (s *Source) Read() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.read()
	if err == nil {
		s.fault = ""
	}
	return err
}

// read compares contents, not times: they are small, and a time may stay the same.
func (s *Source) read() (changed bool, err error) {
	s.looked = time.Now()
	texts, err := s.files.texts()
	if err != nil {
		return false, err
	}
	sum := texts.sum()
	if s.config != nil && sum == s.sum {
		return false, nil
	}
	config := s.base.Clone()
	if err := texts.fill(config); err != nil {
		return false, err
	}
	s.versions++
	if config.ClientSessionCache != nil {
		config.ClientSessionCache = &sessions{config.ClientSessionCache, strconv.Itoa(s.versions) + " "}
	}
	s.config, s.sum = config, sum
	return true, nil
}

func (s *Source) isNews(changed bool, err error) bool {
	if err == nil {
		again := s.fault != ""
		s.fault = ""
		return changed || again
	}
	told := err.Error() == s.fault
	s.fault = err.Error()
	return !told
}

// sessions are the TLS sessions of one version of the files. One of another version would be
// resumed without the new certificate.
type sessions struct {
	tls.ClientSessionCache

	version string
}

func (s *sessions) Get(key string) (*tls.ClientSessionState, bool) {
	return s.ClientSessionCache.Get(s.version + key)
}

func (s *sessions) Put(key string, state *tls.ClientSessionState) {
	s.ClientSessionCache.Put(s.version+key, state)
}
