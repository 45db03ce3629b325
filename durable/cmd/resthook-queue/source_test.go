package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable"
)

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	empty := write(t, "empty", "\n")
	for line, says := range map[string]string{
		"":                                        `"status"`,
		"stat":                                    "there is no such command; see resthook-queue --help",
		"dead":                                    `expected one of "list",`,
		"dead bury":                               "there is no such command; see resthook-queue dead --help",
		"status":                                  "--store DIR or --nats URL is wanted",
		"status nats://u:p4ss@h":                  "one argument too many; see resthook-queue status --help",
		"status --store a --nats b":               "--store and --nats: one of them is wanted",
		"status --store a --creds b":              "--creds, --ca, --cert and --key are for --nats",
		"status --nats a --key-file b":            "--key-file is for --store",
		"status --nats p4ss":                      "--nats: URLs such as nats://host:4222 are wanted",
		"status --nats nats://u:p4ss%zz@h:1":      "--nats: URLs such as nats://host:4222 are wanted",
		"status --nats nats://h --creds none":     "--creds: open none",
		"status --nats nats://h --ca none":        "--ca: open none",
		"status --nats nats://h --ca " + empty:    "has no certificate in PEM",
		"status --nats nats://h --cert none":      "--cert and --key: both are wanted",
		"status --nats nats://h --cert a --key":   "--key",
		"status --nats nats://h --cert a --key b": "--cert and --key: open a",
		"status --store a --key-file none":        "--key-file: open none",
		"status --store a --key-file " + empty:    "is empty",
		"status --watch --store a":                "--watch is for --nats",
		"status --nats nats://h --interval 0s":    "--interval 0s: more than 0 is wanted",
		"status --interval x":                     "--interval",
		"events --limit -1":                       "--limit",
		"events --limit=-1 --store a":             "--limit -1: it is negative",
		"dead list --since yesterday --store a":   `--since "yesterday": a time such as`,
		"dead list --since -1h":                   "--since",
		"dead show":                               `"<ID>"`,
		"dead resend --store a":                   "which? ids are wanted, or --all",
		"dead drop --store a":                     "which? ids are wanted, or --all",
		"dead drop x --all --store a":             "ids, or --all: one of them is wanted",
		"dead drop x --app y --store a":           "--app is for --all",
	} {
		got := do(t, strings.Fields(line)...)
		got.isFault(t, exitUsage, says)
		assert.NotContains(t, got.err, "p4ss", line)
	}
}

// No store is made where there is none.
func TestNoStore(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "missing")
	for _, line := range []string{"status", "events", "dead list", "dead drop --all"} {
		do(t, append(strings.Fields(line), "--store", dir)...).isFault(t, exitFault, "directory "+dir+": there is no store")
		assert.NoDirExists(t, dir)
	}
	empty := t.TempDir()
	do(t, "status", "--store", empty).isFault(t, exitFault, "there is no store")
	files, err := os.ReadDir(empty)
	require.NoError(t, err)
	assert.Empty(t, files)
}

func TestStoreInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openStore(t, dir)
	do(t, "status", "--store", dir).isFault(t, exitFault, "in use by process ")
}

func TestNoNATS(t *testing.T) {
	t.Parallel()
	got := do(t, "status", "--nats", "nats://user:p4ss@127.0.0.1:1")
	got.isFault(t, exitFault, "connect to nats")
	assert.NotContains(t, got.err, "p4ss")
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef"
	dir := t.TempDir()
	_, shut := openStore(t, dir, durable.WithEncryption([]byte(key)))
	shut()
	for _, end := range []string{"", "\n", "\r\n"} {
		assert.Contains(t, fine(t, "status", "--store", dir, "--key-file", write(t, "key", key+end)), "events   0 events")
	}
	do(t, "status", "--store", dir).isFault(t, exitUsage, "it is encrypted, and no key was given")
	got := do(t, "status", "--store", dir, "--key-file", write(t, "key", "another key of 16"))
	got.isFault(t, exitUsage, "the key does not fit the store")
	assert.NotContains(t, got.err, "another key")
	fine(t, "status", "--store", dir, "--key-file", write(t, "key", key)) // nothing was harmed
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	assert.Equal(t, fine(t, "help"), fine(t, "--help"))
	assert.Equal(t, fine(t, "help", "dead", "list"), fine(t, "dead", "list", "-h"))
	assert.Contains(t, fine(t, "help"), "dead resend")
	assert.Regexp(t, `^resthook-queue \S+ .*go1\S*\n$`, fine(t, "version"))
	assert.Equal(t, fine(t, "version"), fine(t, "--version"))
}
