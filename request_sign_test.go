package resthook_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/signature"
)

// Each attempt is signed with its own time: the signature of an event that waited would
// otherwise be too old.
func TestSignedAttempts(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprint("over net/http: ", plain), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				network := hooktest.NewNetwork()
				socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(200, `{}`))
				opts := []resthook.Option{resthook.WithBackoff(time.Minute, time.Minute), resthook.WithApp(resthook.App{
					URL: socket.URL(), SigningSecrets: secrets("whsec_c2VjcmV0", "b2xk"),
				})}
				if plain {
					transport := &http.Transport{DialContext: network.DialContext}
					defer transport.CloseIdleConnections()
					opts = append(opts, resthook.WithTransport(transport))
				} else {
					opts = append(opts, resthook.WithDialContext(network.DialContext))
				}
				client := makeClient(t, retrying(1), opts...)
				_, err := client.Connect(t.Context(), &resthook.Connection{Login: "l"})
				require.NoError(t, err)
				all := socket.Requests()
				require.Len(t, all, 2)
				assert.Equal(t, all[0].Header.Get(resthook.HeaderID), all[1].Header.Get(resthook.HeaderID))
				assert.NotEqual(t, all[0].Header.Get(resthook.HeaderTimestamp), all[1].Header.Get(resthook.HeaderTimestamp))
				keys := [][]byte{[]byte("secret"), []byte("old")}
				for i, r := range all {
					at := begun
					assert.Equal(t, strconv.FormatInt(begun.Unix(), 10), r.Header.Get(resthook.HeaderCreated))
					if i == 1 {
						at = time.Now()
					}
					assert.Equal(t, signature.Header(keys, r.Header.Get(resthook.HeaderID), strconv.FormatInt(at.Unix(), 10), r.Body), r.Header.Get(resthook.HeaderSignature))
				}
			})
		})
	}
}

func TestSigningSecretsThatCannotBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "signing secret 2 is empty", "whsec_": "signing secret 2 is empty", "whsec_s3cret!": "signing secret 2 is not in base64",
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{
			Key: "a", URL: "http://backend.example", SigningSecrets: secrets("c2VjcmV0", text),
		}))
		require.ErrorIs(t, err, resthook.ErrConfig)
		assert.ErrorContains(t, err, `app "a": `+want)
		assert.NotContains(t, err.Error(), "s3cret")
	}
	signed := resthook.WithApp(resthook.App{URL: "http://backend.example", SigningSecrets: secrets("c2VjcmV0")})
	_, err := resthook.NewClient(resthook.DefaultConfig(), signed, resthook.WithoutStamps())
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.ErrorContains(t, err, "WithoutStamps")
}

func secrets(texts ...string) []resthook.Secret {
	made := make([]resthook.Secret, len(texts))
	for i, text := range texts {
		made[i] = resthook.NewSecret(text)
	}
	return made
}
