package identity_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/identity"
)

func ExampleIDs_Put() {
	who := identity.New("alice", "shop", "")
	fmt.Println(string(who.Put([]byte(`{"sessionId":"bob","APPKEY":"bank","nodeId":"n1","name":"cam"}`))))
	// Output: {"sessionId":"alice","name":"cam","appKey":"shop"}
}

// Whatever a body says, a reader who heeds capitals and one who does not find the same ids.
func TestNobodyReadsOtherIDs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	oneOf := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	id := func() string { return oneOf("", "alice", `"quoted"`) }
	names := []string{"sessionId", "SESSIONID", "sessionid", "ſeſſionId", "sessıonİd", "appKey", "APPKEY", "nodeId", "nodeİd", "name", "session"}
	values := []string{`"bob"`, `"alice"`, `null`, `7`, `{"sessionId":"inner"}`}
	for range 1000 {
		var members []string
		for range random.IntN(7) {
			members = append(members, fmt.Sprintf("%q:%s", oneOf(names...), oneOf(values...)))
		}
		who := identity.New(id(), id(), id())
		got := who.Put([]byte("{" + strings.Join(members, ",") + "}"))
		var strict map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(got, &strict), "%s", got)
		var lax struct{ SessionID, AppKey, NodeID *string }
		require.NoError(t, json.Unmarshal(got, &lax), "%s", got)
		for name, pair := range map[string]struct {
			want string
			lax  *string
		}{"sessionId": {who.Session(), lax.SessionID}, "appKey": {who.App(), lax.AppKey}} {
			if pair.want == "" {
				assert.NotContains(t, strict, name)
				assert.Nil(t, pair.lax)
				continue
			}
			require.NotNil(t, pair.lax, "%s", got)
			assert.Equal(t, pair.want, *pair.lax)
		}
		assert.Equal(t, string(got), string(who.Put(got)), "a second time changes nothing")
	}
}

// A name that claims an id is taken out, also where the body has the right id.
func TestClaimsAreTakenOut(t *testing.T) {
	t.Parallel()
	who := identity.New("alice", "", "")
	for _, body := range []string{
		`{"SESSIONID":"bob","sessionId":"alice"}`, `{"sessionId":"alice","SESSIONID":"bob"}`, `{"sessionId":"alice","APPKEY":"bank"}`,
	} {
		assert.Equal(t, `{"sessionId":"alice"}`, string(who.Put([]byte(body))), body)
	}
}

func TestABodyKeepsItsOwnIDs(t *testing.T) {
	t.Parallel()
	var nobody *identity.IDs
	body := []byte(`{"sessionId":"s","name":"cam"}`)
	assert.Equal(t, string(body), string(nobody.Put(body)))
	assert.JSONEq(t, `{"sessionId":"b","name":"cam"}`, string(nobody.Put([]byte(`{"sessionId":"a","SessionID":"x","name":"cam","sessionId":"b"}`))), "each once, the last one")
	who := identity.Of([]byte(`{"sessionId":"a","appKey":7,"sessionId":"b"}`))
	assert.Equal(t, "b", who.Session())
	assert.Empty(t, who.App())
}

func TestNamesThatClaimAnID(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"sessionId": true, "SESSIONID": true, "ſeſſıonıd": true, "appkey": true, "NODEİD": true,
		"": false, "session": false, "id": false, "session_id": false, "sessionIdx": false, strings.Repeat("sessionId", 1000): false,
	} {
		assert.Equal(t, want, identity.Claims(name), name)
	}
}
