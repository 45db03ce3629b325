package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// commandNames are the commands that the overview lists.
func commandNames(t testing.TB) []string {
	t.Helper()
	_, list, found := strings.Cut(do(t, "help").out, "\nCommands:\n")
	require.True(t, found)
	var names []string
	for line := range strings.Lines(list) {
		if name, ok := strings.CutPrefix(line, "  "); ok && !strings.HasPrefix(name, " ") {
			names = append(names, strings.Fields(name)[0])
		}
	}
	return names
}

func TestHelpGoesToStdout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{"--help", "Exit codes: 0"},
		{"-h", "methods"},
		{"send --help", "--method-kind=KIND"},
		{"send --url http://x publishStream --help", "restClientConfig"},
		{"serve --help", "127.0.0.1:8081"},
		{"record --help", "--rules=FILE"},
		{"record --help", "one JSON object a line"},
		{"replay --help", "--speed=N"},
		{"bench --help", "--concurrency=N"},
		{"check --help", "properties files"},
		{"methods --help", "--json"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			got := do(t, strings.Fields(tt.args)...)
			assert.Equal(t, exitFine, got.code)
			assert.Contains(t, got.out, tt.want)
			assert.Empty(t, got.err)
		})
	}
}

func TestHelpNamesEveryDefault(t *testing.T) {
	t.Parallel()
	help := do(t, "send", "--help").out
	for _, flag := range []string{
		"--url=URL", "--config=FILE", "--set=KEY=VALUE", "--data=JSON", "--policy=JSON",
		"--deadline=DURATION", "--user=NAME:PASSWORD", "--method-kind=KIND", "--json",
		"http://localhost:8081/apps/EchoApp",
	} {
		assert.Contains(t, help, flag)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := do(t, "--version")
	assert.Equal(t, exitFine, got.code)
	assert.Regexp(t, `^resthook \S+.* go1\.\S+\n$`, got.out)
	assert.Empty(t, got.err)
}

func TestHelpCommand(t *testing.T) {
	t.Parallel()
	assert.Equal(t, do(t, "--help"), do(t, "help"))
	assert.Equal(t, exitFine, do(t, "help").code)
	names := commandNames(t)
	assert.Subset(t, names, []string{"send", "serve", "forward", "check", "methods", "bench", "record", "replay", "help", "version", "completion"})
	for _, name := range names {
		got := do(t, "help", name)
		assert.Equal(t, do(t, name, "--help"), got)
		assert.True(t, strings.HasPrefix(got.out, "Usage: resthook "+name), name)
		assert.Equal(t, ran{exitFine, got.out, ""}, got)
	}
	for _, args := range [][]string{{"help", "sned"}, {"help", "send", "call"}, {"help", "--json"}, {"version", "x"}} {
		do(t, args...).isMisuse(t)
	}
	assert.Contains(t, do(t, "help", "sned").err, `did you mean "send"?`)
}

func TestVersionCommand(t *testing.T) {
	t.Parallel()
	assert.Equal(t, do(t, "--version"), do(t, "version"))
}

func TestCompletionMisuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"completion"}, {"completion", "tcsh"}, {"completion", "bash", "zsh"}} {
		do(t, args...).isMisuse(t)
	}
}

// shellAnswers asks a real shell for completions.
func shellAnswers(t *testing.T, shell, script, program string) []string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("no %s here: %v", shell, err)
	}
	file := write(t, "completion."+shell, script)
	cmd := exec.CommandContext(t.Context(), path, "-c", strings.ReplaceAll(program, "FILE", file))
	cmd.Dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "wcs file.properties"), nil, 0o600))
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.Fields(string(out))
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	script := do(t, "completion", "bash").out
	all := commandNames(t)
	for words, want := range map[string][]string{
		`resthook ""`:                          all,
		"resthook s":                           {"send", "serve"},
		"resthook send publ":                   {"publishStream"},
		"resthook methods XC":                  nil,
		"resthook methods Xc":                  {"XcapStatusEvent"},
		"resthook send call --method-kind i":   {"incoming"},
		"resthook send call --method-kind = i": {"incoming"},
		`resthook send call --method-kind =`:   {"direct", "event", "incoming"},
		"resthook send call --verb":            {"--verbose"},
		"resthook replay x --show a":           {"all"},
		"resthook check wcs":                   {"wcs", "file.properties"},
		"resthook send call --config wcs":      {"wcs", "file.properties"},
		"resthook send call --data @wcs":       {"@wcs", "file.properties"},
		`resthook send call --data ""`:         nil,
		`resthook send call --user ""`:         nil,
		`resthook completion ""`:               {"bash", "zsh", "fish"},
		"resthook help comp":                   {"completion"},
		`resthook nonsense ""`:                 nil,
	} {
		got := shellAnswers(t, "bash", script, "source FILE; COMP_WORDS=("+words+"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _resthook; echo \"${COMPREPLY[@]}\"")
		assert.ElementsMatch(t, want, got, words)
	}
	got := shellAnswers(t, "bash", script, `source FILE; COMP_WORDS=(resthook send ""); COMP_CWORD=2; _resthook; echo "${COMPREPLY[@]}"`)
	assert.Len(t, got, len(resthook.Methods()))
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	script := do(t, "completion", "fish").out
	for words, want := range map[string]string{
		"resthook comp": "completion", "resthook send publ": "publishStream", "resthook send --verb": "--verbose",
		"resthook send call --method-kind inc": "incoming", "resthook replay x --show a": "all",
	} {
		got := shellAnswers(t, "fish", script, "source FILE; complete -C '"+words+"'")
		require.NotEmpty(t, got, words)
		assert.Equal(t, want, got[0], words)
	}
}

func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	script := do(t, "completion", "zsh").out
	for words, want := range map[string]string{
		"resthook comp": "completion", "resthook send publ": "publishStream", "resthook send --verb": "--verbose",
		"resthook send --method-kind=inc": "incoming", "resthook replay x --show al": "all",
	} {
		// compadd is replaced by a function that prints its arguments: the real one
		// needs a terminal.
		got := shellAnswers(t, "zsh", script, `compdef() { : }; _files() { : }; compset() { : };
			compadd() { shift; for word in $@; do [[ $word == $PREFIX* ]] && print -- $word; done; return 0 };
			source FILE; words=(`+words+`); CURRENT=$#words; PREFIX=${words[CURRENT]#*=}; _resthook`)
		assert.Equal(t, []string{want}, got, words)
	}
}
