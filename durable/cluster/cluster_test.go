package cluster_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
)

const password = "of the test"

func TestMain(m *testing.M) {
	if err := os.Setenv("RESTHOOK_NATS_PASSWORD", strconv.Quote(password)); err != nil {
		panic(err)
	}
	leak.Exit(m)
}

var nodes = []string{"n1.conf", "n2.conf", "n3.conf"}

// cluster is the three nodes of this folder, at other ports and with stores of their own.
type cluster struct {
	servers []*server.Server
}

// start starts the nodes. Beside the account of the configuration there are so many more of the
// same kind: the user of each has its number behind the name.
func start(t *testing.T, accounts int) *cluster {
	t.Helper()
	dir := copyConfiguration(t, accounts)
	c := &cluster{}
	var routes []*url.URL
	var options []*server.Options
	for _, name := range nodes {
		o, err := server.ProcessConfigFile(filepath.Join(dir, name))
		require.NoError(t, err)
		o.Port, o.HTTPPort, o.Cluster.Port = server.RANDOM_PORT, 0, freePort(t)
		o.StoreDir, o.NoSigs, o.NoLog = filepath.Join(dir, o.ServerName), true, true
		o.JetStreamMaxStore *= int64(accounts + 1)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", o.Cluster.Port)})
		options = append(options, o)
	}
	for _, o := range options {
		o.Routes = routes
		s, err := server.NewServer(o)
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		c.servers = append(c.servers, s)
	}
	for _, s := range c.servers {
		require.Eventually(t, func() bool { return s.Healthz(&server.HealthzOptions{}).StatusCode == http.StatusOK }, 30*time.Second, 10*time.Millisecond)
	}
	require.Eventually(t, c.complete, 30*time.Second, 10*time.Millisecond)
	return c
}

// complete reports whether the leader knows all nodes.
func (c *cluster) complete() bool {
	for _, s := range c.servers {
		if s.JetStreamIsLeader() {
			return len(s.JetStreamClusterPeers()) == len(c.servers)
		}
	}
	return false
}

// urls are the nodes, for a user.
func (c *cluster) urls(user string) string {
	var urls []string
	for _, s := range c.servers {
		u, _ := url.Parse(s.ClientURL())
		u.User = url.UserPassword(user, password)
		urls = append(urls, u.String())
	}
	return strings.Join(urls, ",")
}

// copyConfiguration copies the files, with more accounts.
func copyConfiguration(t *testing.T, accounts int) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append([]string{"common.conf"}, nodes...) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if name == "common.conf" {
			text = withAccounts(t, text, accounts)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return dir
}

func withAccounts(t *testing.T, text []byte, accounts int) []byte {
	t.Helper()
	account := regexp.MustCompile(`(?ms)^  RESTHOOK \{.*?^  \}\n`)
	require.Len(t, account.FindAll(text, -1), 1)
	return account.ReplaceAllFunc(text, func(one []byte) []byte {
		all := one
		for i := range accounts {
			more := strings.ReplaceAll(string(one), "RESTHOOK {", fmt.Sprintf("RESTHOOK%d {", i))
			all = append(all, strings.ReplaceAll(more, "user: resthook", fmt.Sprintf("user: resthook%d", i))...)
		}
		return all
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	address, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	return address.Port
}

// The three files differ only where they must, and know each other.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var listen, routes []string
	for _, name := range nodes {
		o, err := server.ProcessConfigFile(name)
		require.NoError(t, err)
		for _, own := range []string{o.ServerName, fmt.Sprint(o.Port), fmt.Sprint(o.HTTPPort), fmt.Sprint(o.Cluster.Port)} {
			assert.False(t, seen[own], "%s is in two files", own)
			seen[own] = true
		}
		assert.Equal(t, o.ServerName, o.StoreDir)
		assert.True(t, o.SyncAlways)
		assert.Equal(t, []string{"127.0.0.1", "127.0.0.1", "127.0.0.1"}, []string{o.Host, o.HTTPHost, o.Cluster.Host})
		listen = append(listen, fmt.Sprintf("nats://%s:%d", o.Cluster.Host, o.Cluster.Port))
		var own []string
		for _, r := range o.Routes {
			own = append(own, r.String())
		}
		if routes == nil {
			routes = own
		}
		assert.Equal(t, routes, own)
	}
	assert.Equal(t, listen, routes)
}

// The script prints the URLs of the nodes, and asks each whether it is well.
func TestScript(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("start.sh")
	require.NoError(t, err)
	for _, name := range nodes {
		o, err := server.ProcessConfigFile(name)
		require.NoError(t, err)
		assert.Contains(t, string(script), fmt.Sprintf("@%s:%d", o.Host, o.Port))
		assert.Regexp(t, fmt.Sprintf(`(?m)^for port in .*\b%d\b`, o.HTTPPort), string(script))
	}
}
