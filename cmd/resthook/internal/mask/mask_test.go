package mask_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
)

func Example() {
	fmt.Println(mask.Body([]byte(`{"login":"a","sipPassword":"s3cret"}`)))
	fmt.Println(mask.Header("Authorization", "Basic Ym9iOnMzY3JldA=="))
	fmt.Println(mask.Text("http://bob:s3cret@h/?token=s3cret"))
	// Output:
	// {"login":"a","sipPassword":"***"}
	// Basic ***
	// http://***@h/?token=***
}

func TestSecret(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Authorization": true, "proxy-authorization": true, "Cookie": true, "Set-Cookie": true, "Webhook-Signature": true, "X-Api-Key": true,
		"sipPassword": true, "SIPPASSWORD": true, "pass_word": true, "authToken": true, "access_token": true, "client.secret": true, "sdp": true,
		"rest_hook_secret_key": true, "aclAuth": true,
		"X-Auth": true, "X-JWT": true, "X-Pass": true, "X-Pin": true, "X-Session-Key": true, "X-Signing-Key": true, "X-Hmac": true,
		"otp": true, "passcode": true, "passwrd": true, "pw": true, "psk": true, "privKey": true, "sessionKey": true, "bearer": true,
		"PHP_AUTH_PW": true, "author": false, "spinning": false, "key": false, "code": false, "compass": false,
		"appKey": false, "keepAlive": false, "sessionId": false, "name": false, "sipAuthenticationName": false, "origin": false, "": false,
		"Webhook-Id": false, "Content-Type": false,
	} {
		assert.Equal(t, want, mask.Secret(name), name)
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range [][3]string{
		{"authorization", "Basic Ym9iOnMzY3JldA==", "Basic ***"},
		{"Authorization", "WCS 0123", "WCS ***"},
		{"Authorization", "s3cret", "***"},
		{"Webhook-Signature", "v1,abc= v1,def=", "v1,***"},
		{"Cookie", "session=s3cret; a=b", "***"},
		{"X-Api-Key", " s3cret, s3cret", "***"},
		{"Location", "/login?token=s3cret&next=/a", "/login?token=***&next=/a"},
		{"Location", "http://bob:s3cret@h/a?b=c", "http://***@h/a?b=c"},
		{"Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"},
		{"Location", "https://h/x?code=s3cret&sig=s3cret&key=s3cret&next=1", "https://h/x?code=***&sig=***&key=***&next=1"},
		{"X-Foo", "Bearer s3cret", "Bearer ***"},
		{"WWW-Authenticate", `Basic realm="rest"`, `Basic realm="rest"`},
	} {
		assert.Equal(t, tt[2], mask.Header(tt[0], tt[1]), tt[1])
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for _, tt := range [][2]string{
		{`{"name" : "a",  "n":1.50, "b":[1, 2 ]}`, `{"name" : "a",  "n":1.50, "b":[1, 2 ]}`},
		{`{"sipPassword" : "s3\"cret" , "a":1}`, `{"sipPassword" : "***" , "a":1}`},
		{`{"pa\u0073sword":"s3cret"}`, `{"pa\u0073sword":"***"}`},
		{`{"token":{"a":"s3cret","b":["s3cret",{}]},"c":1}`, `{"token":"***","c":1}`},
		{`{"token":["s3cret"],"c":1}`, `{"token":"***","c":1}`},
		{`{"a":{"token":12345}}`, `{"a":{"token":"***"}}`},
		{`{"token":"s3cr`, `{"token":"***"`},
		{`{"token":`, `{"token":"***"`},
		{`{"tok`, `{"tok`},
		{`[{"secret":null}]`, `[{"secret":"***"}]`},
		{`{"name":"rtsp://bob:s3cret@h/cam?token=s3cret"}`, `{"name":"rtsp://***@h/cam?token=***"}`},
		{`{"name":"cam?aclAuth=s3cret&x=1"}`, `{"name":"cam?aclAuth=***&x=1"}`},
		{"\ufeff {\"pwd\":\"s3cret\"}", "\ufeff {\"pwd\":\"***\"}"},
		{"Notice: undefined index 'a'\n<b>x</b>", "Notice: undefined index 'a'\n<b>x</b>"},
		{`{"custom":"{\"token\":\"s3cret\"}"}`, `{"custom":"{\"token\":\"***\"}"}`},
		{`{"custom":"{\"a\":\"{\\\"pin\\\":1}\"}"}`, `{"custom":"{\"a\":\"{\\\"pin\\\":\\\"***\\\"}\"}"}`},
		{
			`[["Authorization","Basic Ym9iOnMzY3JldA=="],{"name":"token","value":"s3cret"},["otp" , "s3cret"]]`,
			`[["Authorization","***"],{"name":"token","value":"***"},["otp" , "***"]]`,
		},
		{`{"url":"https:\/\/bob:s3cret@h\/","b":"//bob:s3cret@h"}`, `{"url":"https:\/\/***@h\/","b":"//***@h"}`},
		{`{"a":"rtmp://h/live?key=s3cret","b":"a?token%3Ds3cret"}`, `{"a":"rtmp://h/live?key=***","b":"a?token%3D***"}`},
		{"<login><password>s3cret</password><name>bob</name></login>", "<login><password>***</password><name>bob</name></login>"},
		{"Notice\n{\"password\":\n   \"s3cret\"}", "Notice\n{\"password\":***"},
		{"[HTTP_AUTHORIZATION] => Basic Ym9iOnMzY3JldA==\n[PHP_AUTH_PW] => s3cret\n[A] => b", "[HTTP_AUTHORIZATION] =*** ***\n[PHP_AUTH_PW] =***\n[A] => b"},
		{"[\"PHP_AUTH_PW\"]=>\n  string(6) \"s3cret\"\n", "[\"PHP_AUTH_PW\"]=***\"\n"},
		{"Authorization was Bearer s3cret2", "Authorization was Bearer ***"},
		{"Basic authentication failed", "Basic authentication failed"},
		{"password = s3cret, user=bob", "password =***, user=bob"},
		{"Authorization: Bearer s3cret x\nb: c", "Authorization:***\nb: c"},
		{"", ""},
	} {
		assert.Equal(t, tt[1], mask.Body([]byte(tt[0])))
	}
}

// Whatever surrounds a secret, and wherever the text is cut, the secret is not shown.
func FuzzBody(f *testing.F) {
	f.Add("a", `,"b":1`, 9)
	f.Add(`x":"y`, `}`, 20)
	f.Fuzz(func(t *testing.T, before, after string, cut int) {
		name, err := json.Marshal(before)
		if err != nil || strings.Contains(before+after, "S3CRET") {
			return
		}
		text := `{` + string(name) + `:1,"password":"S3CRET"` + after
		if cut >= 0 && cut < len(text) {
			text = text[:cut]
		}
		if shown := mask.Body([]byte(text)); strings.Contains(shown, "S3CRET") {
			t.Fatalf("%q shows it: %q", text, shown)
		}
	})
}

// A recording may contain a value of 1 MiB.
func TestTimeIsInProportion(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"a:", "//", "<a>", "Basic ", "a=", `"`, `\\"`, "%3D", "{"} {
		mask.Text(strings.Repeat(part, 1<<20/len(part)))
		mask.Body([]byte("{" + strings.Repeat(part, 1<<20/len(part))))
	}
}
