package signature_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/signature"
)

func ExampleHeader() {
	key, err := signature.Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(signature.Header([][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)))
	// Output: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
}

func TestTwoKeysMakeTwoSignatures(t *testing.T) {
	t.Parallel()
	a, b := []byte("a"), []byte("b")
	header := signature.Header([][]byte{a, b}, "id", "1", []byte("{}"))
	sums := signature.Sums(header)
	require.Len(t, sums, 2)
	sum := func(key []byte) []byte { return signature.Sum(key, "id", "1", []byte("{}")) }
	assert.True(t, signature.Match([][]byte{a}, sum, sums...))
	assert.True(t, signature.Match([][]byte{b}, sum, sums...))
	assert.False(t, signature.Match([][]byte{[]byte("c")}, sum, sums...))
	assert.False(t, signature.Match(nil, sum, sums...))
	assert.False(t, signature.Match([][]byte{a}, sum))
	assert.Empty(t, signature.Header(nil, "id", "1", nil))
}

func TestSumsOfAStranger(t *testing.T) {
	t.Parallel()
	assert.Empty(t, signature.Sums("v2,YQ== v1a,YQ== v1 v1,! YQ=="))
	assert.Len(t, signature.Sums(strings.Repeat("v1,YQ== ", 1000)), 16)
}

func TestKeyOfASecret(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{"whsec_": "empty", "": "empty", "whsec_s3cret!": "not in base64, with whsec_ before it or not"} {
		_, err := signature.Key(secret)
		require.EqualError(t, err, want)
	}
}

// A well-known test vector of HMAC-MD5 (RFC 2104).
func TestWCSHash(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "80070713463e7749b90c2dc24911e275", signature.WCSText([]byte("key"), []byte("The quick brown fox jumps over the lazy dog")))
}
