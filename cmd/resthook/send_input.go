package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wcskit/resthook"
)

// maxInput is how much of a file or of stdin is read: many times what a
// backend would take.
const maxInput = 16 << 20

// prepare reads everything that the flags name and finds what is wrong with it
// before anything is sent.
func (c *sendCommand) prepare(std *streams) (*dispatch, error) {
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	data, err := readInput(c.Data, std.in)
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	policy, err := c.policy()
	if err != nil {
		return nil, fmt.Errorf("--policy: %w", err)
	}
	cfg, err := c.settings()
	if err != nil {
		return nil, err
	}
	opts, err := c.secured()
	if err != nil {
		return nil, err
	}
	client, err := c.client(cfg, opts...)
	if err != nil {
		return nil, err
	}
	d := &dispatch{method: method, data: data, client: client, sender: client}
	for _, warning := range cfg.Warnings {
		d.warnings = append(d.warnings, warning.String())
	}
	d.warnings = append(d.warnings, policyWarnings("--policy", policy)...)
	return d, d.govern(policy)
}

// method is the catalogue's, or one of the media server's own.
func (c *sendCommand) method() (resthook.Method, error) {
	if c.Deadline < 0 {
		return nil, fmt.Errorf("--deadline %v is negative", c.Deadline)
	}
	if method, ok := resthook.FindMethod(c.Method); ok {
		return method, nil
	}
	return resthook.NewHook[map[string]any](c.Method, c.MethodKind)
}

func (c *sendCommand) policy() (*resthook.Policy, error) {
	if c.Policy == nil {
		return nil, nil //nolint:nilnil // a nil *Policy names nothing, as its type says
	}
	text, err := readInput(*c.Policy, nil)
	if err != nil {
		return nil, err
	}
	return resthook.ParsePolicy(text)
}

// govern has the policy hold for the hook, as it does in a session whose
// connect was answered with it. The hooks that have no session go to the
// client.
func (d *dispatch) govern(policy *resthook.Policy) error {
	switch d.method.Name() {
	case resthook.Connect.Name(), resthook.PlayHLS.Name(), resthook.PlayRTSP.Name():
		return nil
	}
	if policy == nil {
		return nil
	}
	conn := identity(d.data)
	conn.RestClientConfig = policy
	session, err := d.client.Resume(conn)
	if err == nil {
		d.sender = session
	}
	return err
}

// identity is who is speaking in a payload, of whatever type it is. If it does
// not read, SendJSON says so.
func identity(data []byte) *resthook.Connection {
	var payload map[string]any
	_ = json.Unmarshal(data, &payload)
	text := func(key string) string {
		value, _ := payload[key].(string)
		return value
	}
	return &resthook.Connection{NodeID: text("nodeId"), AppKey: text("appKey"), SessionID: text("sessionId")}
}

// readInput returns the JSON that an argument stands for: itself, the file
// after @, or stdin for -. Without stdin, - is a text like any other. A byte
// order mark is left out.
func readInput(argument string, stdin io.Reader) ([]byte, error) {
	text, err := readArgument(argument, stdin)
	return withoutBOM(text), err
}

func withoutBOM(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\uFEFF")) }

func readArgument(argument string, stdin io.Reader) ([]byte, error) {
	if argument == "-" && stdin != nil {
		return readAll("stdin", stdin)
	}
	if name, ok := strings.CutPrefix(argument, "@"); ok {
		return readFile(name)
	}
	return []byte(argument), nil
}

func readFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return readAll(name, file)
}

func readAll(name string, r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxInput)
	}
	return data, nil
}
