package chaos

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net"
	"sync"
)

// records writes the backend's TLS 1.3 records instead of crypto/tls. Other servers send
// KeyUpdates, and session tickets after an answer; crypto/tls does not. Reading is left to
// crypto/tls.
type records struct {
	*tls.Conn

	raw net.Conn

	mu     sync.Mutex
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	count  uint64
}

const suite = tls.TLS_AES_128_GCM_SHA256

// trafficSecret finds the server's secret in a key log.
func trafficSecret(log []byte) []byte {
	for line := range bytes.Lines(log) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "SERVER_TRAFFIC_SECRET_0" {
			secret, _ := hex.DecodeString(string(fields[2]))
			return secret
		}
	}
	return nil
}

// newRecords takes over a connection after its handshake. It fails for any other cipher
// suite than its own.
func newRecords(secured *tls.Conn, raw net.Conn, log []byte) (*records, error) {
	r := &records{Conn: secured, raw: raw, secret: trafficSecret(log)}
	if secured.ConnectionState().CipherSuite != suite || r.secret == nil {
		return nil, errors.New("another cipher suite")
	}
	return r, r.key()
}

// key derives the keys from the secret.
func (r *records) key() error {
	key, err := expand(r.secret, "key", 16)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	if r.aead, err = cipher.NewGCM(block); err != nil {
		return err
	}
	r.iv, err = expand(r.secret, "iv", 12)
	r.count = 0
	return err
}

// expand is HKDF-Expand-Label of RFC 8446, 7.1, without a context.
func expand(secret []byte, label string, length int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(length)) //nolint:gosec // a small constant
	info = append(info, byte(len("tls13 "+label)))             //nolint:gosec // a short constant
	info = append(info, "tls13 "+label...)
	return hkdf.Expand(sha256.New, secret, string(append(info, 0)), length)
}

// Write sends data in two records with an empty one between them.
func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	const data, most = 23, 16 << 10
	var out []byte
	half := len(p) / 2
	for _, part := range [][]byte{p[:half], nil, p[half:]} {
		for len(part) > most {
			out, part = r.seal(out, data, part[:most]), part[most:]
		}
		out = r.seal(out, data, part)
	}
	if _, err := r.raw.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// idle sends a KeyUpdate, a session ticket, and a KeyUpdate that requests another one.
func (r *records) idle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	const handshake = 22
	out := r.seal(nil, handshake, []byte{24, 0, 0, 1, 0})
	if r.update() != nil {
		return
	}
	out = r.seal(out, handshake, ticket())
	out = r.seal(out, handshake, []byte{24, 0, 0, 1, 1})
	if r.update() == nil {
		_, _ = r.raw.Write(out)
	}
}

// update derives the next keys.
func (r *records) update() (err error) {
	if r.secret, err = expand(r.secret, "traffic upd", len(r.secret)); err != nil {
		return err
	}
	return r.key()
}

// ticket is a NewSessionTicket message with a lifetime of a minute.
func ticket() []byte {
	body := []byte{0, 0, 0, 60, 1, 2, 3, 4, 1, 9, 0, 4, 'c', 'h', 'a', 'o', 0, 0}
	return append([]byte{4, 0, 0, byte(len(body))}, body...) //nolint:gosec // 18
}

// seal appends an encrypted record (RFC 8446, 5.2).
func (r *records) seal(out []byte, kind byte, content []byte) []byte {
	plain := append(bytes.Clone(content), kind)
	head := []byte{23, 3, 3, 0, 0}
	binary.BigEndian.PutUint16(head[3:], uint16(len(plain)+r.aead.Overhead())) //nolint:gosec // at most 16 KiB
	nonce := bytes.Clone(r.iv)
	for i := range 8 {
		nonce[len(nonce)-1-i] ^= byte(r.count >> (8 * i)) //nolint:gosec // byte by byte
	}
	r.count++
	return r.aead.Seal(append(out, head...), nonce, plain, head)
}
