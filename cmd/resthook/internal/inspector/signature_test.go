package inspector

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func testSecrets() []resthook.Secret {
	return []resthook.Secret{resthook.NewSecret("whsec_b2xk"), resthook.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}
}

func TestSignaturesAreChecked(t *testing.T) {
	t.Parallel()
	s, err := newSigner(testSecrets())
	require.NoError(t, err)
	// The example in the specification of Standard Webhooks.
	const id, stamp, body, sum = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	at := time.Unix(1614265330, 0)
	for _, tt := range []struct {
		id, stamp, sum string
		age            time.Duration
		want, note     string
	}{
		{id, stamp, sum, 0, "fits", ""},
		{id, stamp, "v1a,x v1,AAAA " + sum, 5 * time.Minute, "fits", ""},
		{id, stamp, sum, 5*time.Minute + time.Second, "wrong", "it is 5m1s old: backends refuse what is older than 5 minutes"},
		{id, stamp, sum, -6 * time.Minute, "wrong", "it is 6m0s ahead: look at the clocks"},
		{id, stamp, "", 0, "none", ""},
		{id, stamp, "v1,AAAA", 0, "wrong", "it was made with another secret, or of another id, timestamp or body"},
		{id, stamp, sum[3:], 0, "wrong", "it was made with another secret, or of another id, timestamp or body"},
		{"x", stamp, sum, 0, "wrong", "it was made with another secret, or of another id, timestamp or body"},
		{"", stamp, sum, 0, "wrong", "Webhook-Id or Webhook-Timestamp is missing"},
		{id, "", sum, 0, "wrong", "Webhook-Id or Webhook-Timestamp is missing"},
	} {
		header := http.Header{}
		for name, value := range map[string]string{"Webhook-Id": tt.id, "Webhook-Timestamp": tt.stamp, "Webhook-Signature": tt.sum} {
			if value != "" {
				header.Set(name, value)
			}
		}
		assert.Equal(t, signed{tt.want, tt.note}, s.check(header, []byte(body), at.Add(tt.age)), tt)
	}
	header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {"soon"}, "Webhook-Signature": {s.sign(id, "soon", []byte(body))}}
	assert.Equal(t, signed{"wrong", "Webhook-Timestamp is no number of seconds"}, s.check(header, []byte(body), at))
	assert.Equal(t, "unknown", signer{}.check(header, nil, at).verdict)
	assert.Empty(t, signer{}.sign(id, stamp, nil))
}

// The inspector accepts the signatures that the library makes.
func TestSignatureIsThatOfTheLibrary(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{Secrets: testSecrets()[:1]})
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: s.URL, SigningSecrets: testSecrets()}))
	require.NoError(t, err)
	_, err = client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, []any{"connect", "fits"}, []any{s.rows(t)[0].Method, s.rows(t)[0].Signature})
	s.hook(t, "call", "{}", "Webhook-Signature: v1,AAAA", "Webhook-Id: 1", "Webhook-Timestamp: "+strconv.FormatInt(time.Now().Unix(), 10))
	assert.Equal(t, "wrong", s.last(t).Signature)
}
