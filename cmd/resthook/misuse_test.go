package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/input"
)

func TestMisuse(t *testing.T) {
	t.Parallel()
	badFile := write(t, "bad.properties", "\n\nrest_request_timeout=15s\nrest_client_request_retry_count=-1\n")
	huge := write(t, "huge.json", strings.Repeat(" ", input.Max+1))
	for _, tt := range []struct {
		args []string
		want string // on stderr
	}{
		{[]string{}, `expected one of "send", "serve", "forward", "record", "replay", ...; see resthook --help`},
		{[]string{"sned"}, `did you mean "send"?`},
		{[]string{"--json"}, "unknown flag --json"},
		{[]string{"stress"}, "unexpected argument stress"},
		{[]string{"methods", "all"}, `methods: "all" is no method; did you mean call?; see resthook methods`},
		{[]string{"methods", "everything"}, `methods: "everything" is no method; see resthook methods`},
		{[]string{"methods", ""}, `methods: "" is no method`},
		{[]string{"methods", "publishSteam"}, `methods: "publishSteam" is no method; did you mean publishStream?`},
		{[]string{"methods", "--json", "XCAPStatusEvent"}, "did you mean XcapStatusEvent?"},
		{[]string{"methods", "call", "hold"}, "methods: unexpected argument hold"},
		{[]string{"send"}, `send: expected "<METHOD>"`},
		{[]string{"send", "a/b"}, `hook name "a/b"`},
		{[]string{"send", ""}, "without a name"},
		{[]string{"send", "call", "--colour=s3cret"}, "unknown flag --colour"},
		{[]string{"send", "call", "--data", `{"token":`, `"s3cret"}`}, "in quotes"},
		{[]string{"send", "call", "--json=maybe"}, "--json"},
		{[]string{"send", "call", "--data"}, "--data: "},
		{[]string{"send", "call", "--data", ""}, "--data: "},
		{[]string{"send", "call", "--data", "[]"}, "--data: "},
		{[]string{"send", "call", "--data", "null"}, "--data: "},
		{[]string{"send", "call", "--data", `{"a":1}{}`}, "--data: "},
		{[]string{"send", "call", "--data", `{"password":"s3cret"`}, "--data: "},
		{[]string{"send", "call", "--data", "{\"password\":\"s3cret\"\n\xff}"}, "--data: "},
		{[]string{"send", "call", "--data", "@no-such-file"}, "no-such-file"},
		{[]string{"send", "call", "--data", "@" + huge}, huge + ": more than 16777216 bytes"},
		{[]string{"send", "call", "--policy", ""}, "--policy: "},
		{[]string{"send", "call", "--policy", "-"}, "--policy: "},
		{[]string{"send", "call", "--policy", "{"}, "--policy: "},
		{[]string{"send", "call", "--policy", "@no-such-file"}, "no-such-file"},
		{[]string{"send", "call", "--policy", `{"call":{"restOnError":"FALL"}}`}, `call.restOnError: "FALL" is not LOG or FAIL`},
		{[]string{"send", "connect", "--policy", `{"call":{"restPolicy":"X"}}`}, "call.restPolicy"},
		{[]string{"send", "call", "--config", "no-such-file"}, "--config: no-such-file: "},
		{[]string{"send", "call", "--config", badFile}, badFile + ":3: rest_request_timeout: \"15s\" "},
		{[]string{"send", "call", "--set", "s3cret"}, "--set: no = in it"},
		{[]string{"send", "call", "--set", "rest_timeout=1"}, "--set: rest_timeout: "},
		{[]string{"send", "call", "--set", "rest_request_timeout=1.5"}, `--set: rest_request_timeout: "1.5" `},
		{[]string{"send", "call", "--set", "rest_hook_send_hash=true"}, "--set: rest_hook_send_hash: "},
		{[]string{"send", "call", "--set", "rest_hook_secret_kee=s3cret"}, "--set: "},
		{[]string{"send", "call", "--set", "rest_hook_send_hash=true", "--set", "rest_hook_secret_key=s3cret", "--user", "a:s3cret"}, "Authorization"},
		{[]string{"send", "call", "--user", "s3cret"}, "--user: no colon in it"},
		{[]string{"send", "call", "--user", ":s3cret"}, "user name"},
		{[]string{"send", "call", "--url", ""}, "url"},
		{[]string{"send", "call", "--url", "ftp://a:s3cret@h/x"}, "ftp://h/x"},
		{[]string{"send", "call", "--url", "http://"}, "no host"},
		{[]string{"send", "call", "--url", "http://h:99999"}, "99999"},
		{[]string{"send", "call", "--url", "http://h/?token=s3cret"}, "query"},
		{[]string{"send", "call", "--url", "http://a:s3cret@h:x%zz/"}, "url"},
		{[]string{"send", "call", "--deadline", "5"}, "--deadline"},
		{[]string{"send", "call", "--deadline", "-5s"}, "--deadline -5s is negative"},
		{[]string{"send", "mine", "--method-kind", "connect"}, "--method-kind"},
		{[]string{"send", "mine", "--method-kind", ""}, "--method-kind"},
		{[]string{"bench", "x"}, "one argument too many"},
		{[]string{"bench", "--sessions", "-1"}, "--sessions -1 is negative"},
		{[]string{"bench", "--sessions", "many"}, "--sessions"},
		{[]string{"bench", "--rate", "-1"}, "--rate -1 is no rate"},
		{[]string{"bench", "--rate", "NaN"}, "--rate NaN is no rate"},
		{[]string{"bench", "--rate", "Inf"}, "--rate +Inf is no rate"},
		{[]string{"bench", "--duration", "-1s"}, "--duration -1s is negative"},
		{[]string{"bench", "--concurrency", "0"}, "--concurrency 0 is not 1 to 100000"},
		{[]string{"bench", "--concurrency", "100001"}, "--concurrency 100001 is not 1 to 100000"},
		{[]string{"bench", "--concurrency", "many"}, `--concurrency "many": a whole number is wanted`},
		{[]string{"bench", "--hold", "-1s"}, "--hold -1s is not 0s to 8760h0m0s"},
		{[]string{"bench", "--hold", "1000000h"}, "--hold 1000000h0m0s is not 0s to"},
		{[]string{"bench", "--players", "-1"}, "--players -1 is not 0 to 100000"},
		{[]string{"bench", "--data", "[]"}, "--data: line 1, column 1: expected an object"},
		{[]string{"bench", "--data", `{"token":`, `"s3cret"}`}, "in quotes"},
		{[]string{"bench", "--data", `{"password":"s3cret"`}, "--data: "},
		{[]string{"bench", "--data", `{"sessionId":"s3cret"}`}, "--data: sessionId: each session has its own"},
		{[]string{"bench", "--data", `{"restClientConfig":{"call":{"restOnError":"FALL"}}}`}, "--data: "},
		{[]string{"bench", "--data", "@no-such-file"}, "no-such-file"},
		{[]string{"bench", "--set", "disable_rest_requests=true"}, "disable_rest_requests is true"},
		{[]string{"bench", "--user", "s3cret"}, "--user: no colon in it"},
		{[]string{"bench", "--url", "ftp://a:s3cret@h/x"}, "ftp://h/x"},
		{[]string{"record"}, `record: expected "<FILE>"`},
		{[]string{"record", "no-such-folder/x"}, "no-such-folder"},
		{[]string{"record", "x", "--append", "--force"}, "--append"},
		{[]string{"replay"}, `replay: expected "<FILE>"`},
		{[]string{"replay", "no-such-file"}, "no-such-file"},
		{[]string{"replay", "-"}, "stdin: no hook in it"},
		{[]string{"replay", huge}, huge + ": line 1: more than 16777216 bytes"},
		{[]string{"replay", badFile}, badFile + ": line 3: not a JSON object: "},
		{[]string{"replay", "-", "--speed", "-1"}, "--speed -1 is no speed"},
		{[]string{"replay", "-", "--speed", "NaN"}, "--speed NaN is no speed"},
		{[]string{"replay", "-", "--speed", "Inf"}, "--speed +Inf is no speed"},
		{[]string{"replay", "-", "--max-gap", "-1s"}, "--max-gap -1s is negative"},
		{[]string{"replay", "-", "--show", "none"}, `--show "none": sum or all is wanted`},
		{[]string{"replay", "-", "--concurrency", "0"}, "--concurrency 0 is not"},
		{[]string{"replay", "-", "--ignore", "a,,b"}, "--ignore: a field without a name"},
		{[]string{"replay", "-", "--set", "disable_rest_requests=true"}, "disable_rest_requests is true"},
		{[]string{"replay", "-", "--user", "s3cret"}, "--user: no colon in it"},
		{[]string{"check"}, "check: expected"},
		{[]string{"check", "no-such-file"}, "no-such-file: cannot be read"},
		{[]string{"check", badFile, "no-such-file"}, badFile + ":4: rest_client_request_retry_count: \"-1\" "},
		{[]string{"serve", "--addr", "8081"}, `--addr "8081": HOST:PORT is wanted`},
		{[]string{"serve", "--addr", "127.0.0.1:99999"}, "--addr: "},
		{[]string{"serve", "--addr", "127.0.0.1:x"}, "--addr: "},
		{[]string{"serve", "--rules", "no-such-file"}, "--rules: "},
		{[]string{"serve", "x"}, "one argument too many"},
	} {
		t.Run(strings.Join(tt.args, " ")[:min(60, len(strings.Join(tt.args, " ")))], func(t *testing.T) {
			t.Parallel()
			got := do(t, tt.args...)
			got.isMisuse(t)
			assert.Contains(t, got.err, tt.want)
			assert.NotContains(t, got.err, "s3cret")
		})
	}
}

// TestMisuseShowsNoSecret leaves a value out, gives one value too many, and gives wrong
// values, for each flag of the commands that accept secrets.
func TestMisuseShowsNoSecret(t *testing.T) {
	t.Parallel()
	values := []string{
		"--url", "--config", "--set", "--user", "--data", "--policy", "--deadline", "--method-kind",
		"--sessions", "--rate", "--duration", "--concurrency", "--hold", "--players", "--speed", "--ignore",
		"--sign", "--header", "--cacert", "--cert", "--key", "--show", "--max-gap",
	}
	told := []string{"--data", "--user", "--set", "--policy", "--sign", "--header", "--json"} // flags whose value may hold a secret
	switches := []string{"--json"}
	for _, command := range [][]string{{"send", "call"}, {"replay", "-"}, {"bench"}} {
		help := do(t, append(slices.Clone(command), "--help")...).out
		all := [][]string{{"--user", "bob:", "s3cret"}, {"--set", "rest_hook_secret_key=", "s3cret"}}
		for _, flag := range append(slices.Clone(values), switches...) {
			if !strings.Contains(help, flag) {
				continue
			}
			all = append(all, []string{flag, "--user=bob:s3cret"}, []string{flag, "--user", "bob:s3cret"}, []string{flag, "--set=rest_hook_secret_key=s3cret"})
			if slices.Contains(told, flag) {
				all = append(all, []string{flag + "=s3cret"}, []string{flag, "s3cret", "s3cret"})
			}
		}
		for _, args := range all {
			got := do(t, append(slices.Clone(command), append(args, "--url=ftp://nowhere")...)...)
			got.isMisuse(t)
			assert.NotContains(t, got.out+got.err, "s3cret", args)
		}
	}
}

func TestMisuseNamesTheFlag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"bench --sessions --user=bob:s3cret", "--sessions: a value is wanted; one that begins with -- is written --sessions=VALUE"},
		{"replay - --speed=fast", `replay: --speed "fast": a number is wanted; see resthook replay --help`},
		{"bench --sessions many", `bench: --sessions "many": a whole number is wanted; see resthook bench --help`},
		{"send call --deadline soon", `send: --deadline "soon": a time with its unit, such as 2s or 1m30s, is wanted; see resthook send --help`},
		{"send call --deadline=2s --deadline=soon", `send: --deadline "soon": a time with its unit, such as 2s or 1m30s, is wanted; see resthook send --help`},
		{"send mine --method-kind=sideways", `send: --method-kind "sideways": direct, event or incoming is wanted; see resthook send --help`},
		{"send call --json=s3cret", "send: --json: it takes no value; see resthook send --help"},
		{"send call --set rest_request_timeout", `--set "rest_request_timeout": no = in it: KEY=VALUE is wanted`},
		{"send call --set X-\xff", "--set: line 1, column 3: invalid UTF-8"},
		{"send call\xff", "argument 2 is no UTF-8"},
		{"send call --da\xffta {}", "argument 3 is no UTF-8"},
		{"send call --set=s3cret", "--set: no = in it: KEY=VALUE is wanted"},
	} {
		assert.Equal(t, ran{exitUsage, "", "resthook: " + tt.want + "\n"}, do(t, strings.Fields(tt.args)...))
	}
}

func TestMisuseFindsEveryFaultOfAFile(t *testing.T) {
	t.Parallel()
	file := write(t, "bad.properties", "rest_request_timeout=15s\nrest_client_request_retry_count=-1\n")
	got := do(t, "check", file, "no-such-file", "--json")
	got.isMisuse(t)
	for _, want := range []string{":1: rest_request_timeout", ":2: rest_client_request_retry_count", "no-such-file"} {
		assert.Contains(t, got.err, want)
	}
}
