package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/wire"
)

func ExampleSaid() {
	failed := &resthook.Error{Answer: []byte(`{"error":"no such user","password":"s3cret"}`), Location: "/login?token=s3cret"}
	fmt.Println(strings.Join(wire.Said(failed), "\n"))
	// Output:
	// {"error":"no such user","password":"***"}
	// Location: /login?token=***
}

func TestSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer string
		want   []string
	}{
		{"", nil},
		{" \r\n\r\n", nil},
		{"no such user\n", []string{"no such user"}},
		{"\ufeff1\r\n\r\n2\n3\n4\n5\n", []string{"1", "2", "3", "4", "5"}},
		{"1\n2\n3\n4\n5\n6", []string{"1", "2", "3", "4", "5 ..."}},
		{strings.Repeat("é", 700), []string{strings.Repeat("é", 512) + " ..."}},
		{"<b>Notice</b>: x in <b>/a.php</b>\n{}", []string{"<b>Notice</b>: x in <b>/a.php</b>", "{}"}},
		{`{"error":"wrong password","password":"s3cret"}`, []string{`{"error":"wrong password","password":"***"}`}},
		{"a\x1b[2Jb\u202ec", []string{"a\ufffd[2Jb\ufffdc"}},
		{"\x1f\x8b\x00\x01", []string{"(4 bytes that are no text)"}},
	} {
		assert.Equal(t, tt.want, wire.Said(&resthook.Error{Answer: []byte(tt.answer)}), "%q", tt.answer)
	}
	for location, want := range map[string]string{"/login?token=s3cret&a=b": "/login?token=***&a=b", "https://bob:s3cret@h/": "https://***@h/"} {
		assert.Equal(t, []string{"Location: " + want}, wire.Said(&resthook.Error{Location: location}))
	}
}
