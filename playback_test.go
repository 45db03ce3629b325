package resthook_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

func TestPlaybackOfAURL(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	acl := func(token string) map[string]any { return map[string]any{"aclAuth": token} }
	for raw, want := range map[string]resthook.Playback{
		"rtsp://h:8554/test?aclAuth=1254789&appKey=customAppKey": {Name: "rtsp://h:8554/test", AppKey: "customAppKey", MediaProvider: "RTSP", Custom: acl("1254789")},
		"rtsps://u:p@h/test":                           {Name: "rtsps://h/test", MediaProvider: "RTSP"},
		"rtsp://h/a%2fb":                               {Name: "rtsp://h/a%2Fb", MediaProvider: "RTSP"},
		"rtsp://h/trackID=1":                           {Name: "rtsp://h/trackID=1", MediaProvider: "RTSP"},
		"rtsp://h/live/track1":                         {Name: "rtsp://h/live/track1", MediaProvider: "RTSP"},
		"rtsp://h/trackID=x":                           {Name: "rtsp://h/trackID=x", MediaProvider: "RTSP"},
		"rtsp://h:322/a":                               {Name: "rtsp://h:322/a", MediaProvider: "RTSP"},
		"rtsps://h:0322/a":                             {Name: "rtsps://h/a", MediaProvider: "RTSP"},
		"rtsp://[0:0::1]:554/a":                        {Name: "rtsp://[::1]/a", MediaProvider: "RTSP"},
		"rtsp://[0:0::1]:555/a":                        {Name: "rtsp://[::1]:555/a", MediaProvider: "RTSP"},
		"rtsp://h":                                     {Name: "rtsp://h", MediaProvider: "RTSP"},
		"rtsp://h/cam,1;x!/%D0%BF п":                   {Name: "rtsp://h/cam,1;x!/%D0%BF%20%D0%BF", MediaProvider: "RTSP"},
		"rtsp://h/a?aclAuth=a/b&x=1":                   {Name: "rtsp://h/a", MediaProvider: "RTSP", Custom: acl("a/b")},
		"rtsp://h/a?aclAuth=a%2F":                      {Name: "rtsp://h/a", MediaProvider: "RTSP", Custom: acl("a/")},
		"rtsp://h/a?aclAuth=good&appKey=k/trackID=0":   {Name: "rtsp://h/a", AppKey: "k", MediaProvider: "RTSP", Custom: acl("good")},
		"rtsp://h/a?aclAuth=&aclAuth=good":             {Name: "rtsp://h/a", MediaProvider: "RTSP"},
		"rtsp://h/a?ACLAUTH=good":                      {Name: "rtsp://h/a", MediaProvider: "RTSP"},
		"https://h/test/test0.ts":                      {Name: "test", MediaProvider: "HLS"},
		"https://h//live//test/test0.ts":               {Name: "live/test", MediaProvider: "HLS"},
		"https://h/rtsp%3A%2F%2Fcam%2Flive/x.m3u8":     {Name: "rtsp://cam/live", MediaProvider: "HLS"},
		"https://h/test.m3u8?token=12345789&aclAuth=1": {Name: "test", MediaProvider: "HLS", Custom: map[string]any{"token": "12345789"}},
		"http://h/":                                    {MediaProvider: "HLS"},
	} {
		got, err := client.ParsePlayback(raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, *got, raw)
	}
	for _, raw := range []string{
		"", "test?token=s3cret", "://s3cret", "rtsp:/u:s3cret@h/cam", "rtsp//u:s3cret@h", "rtsp:///u:s3cret@h", "ftp://h/cam?token=s3cret",
		"rtsp://h/a/../cam?aclAuth=s3cret", "rtsp://h/%2e%2E/cam", "https://h/./cam/x.ts?token=s3cret", "rtsp://h/a%0Ab", "https://h/a%00/x.ts",
	} {
		_, err := client.ParsePlayback(raw)
		require.ErrorIs(t, err, resthook.ErrConfig, raw)
		assert.NotContains(t, fmt.Sprint(err), "s3cret")
	}
}

// spellings are the URLs that RTSP players use for one stream.
func spellings() []string {
	return []string{
		"rtsp://h/live/cam?aclAuth=good",
		"rtsp://h:554/live/cam?aclAuth=good",
		"RTSP://H/live/cam?aclAuth=good",
		"rtsp://h./live/cam?aclAuth=good",
		"rtsp://u:p@h/live/cam?aclAuth=good",
		"rtsp://h/live/cam/?aclAuth=good",
		"rtsp://h//live/cam?aclAuth=good",
		"rtsp://h/live/cam/trackID=1?aclAuth=good",
		"rtsp://h/live/cam/trackid=1/?aclAuth=good",
		"rtsp://h/live/cam//streamid=0?aclAuth=good",
		"rtsp://h/live/cam/stream=0?aclAuth=good",
		"rtsp://h/live/cam/track=2?aclAuth=good",
		"rtsp://h/live/cam/trackID=0/trackID=0?aclAuth=good",
		"rtsp://h/live/cam?aclAuth=good/",
		"rtsp://h/live/cam?aclAuth=good/trackID=0",
		"rtsp://h/live/cam?aclAuth=good//trackID=0/",
		"rtsp://h/live/cam?aclAuth=g%6Fod",
		"rtsp://h/live/c%61m?aclAuth=good",
		"rtsp://h/live/cam?aclAuth=good#x",
		"rtsp://h/live/cam?aclAuth=good&appKey=defaultApp",
		"rtsp://h/live/cam?appKey=&aclAuth=good&x=y",
	}
}

func TestPlaybackHasOneSpelling(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	for _, raw := range spellings() {
		got, err := client.ParsePlayback(raw)
		require.NoError(t, err)
		assert.Equal(t, "rtsp://h/live/cam", got.Name, raw)
		assert.Equal(t, map[string]any{"aclAuth": "good"}, got.Custom, raw)
		again, err := client.ParsePlayback(got.Name)
		require.NoError(t, err)
		assert.Equal(t, got.Name, again.Name)
	}
}

// An escaped slash cannot lead to another stream than the one that is admitted.
func TestPlaybackOfEscapedSlashes(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	for raw, name := range map[string]string{
		"http://m/public/..%2Fsecret/x.m3u8":                        "",
		"http://m/public%2F..%2Fsecret/x.m3u8":                      "",
		"http://m/public/%2E%2E%2Fsecret/x.m3u8":                    "",
		"http://m/public/..%5Csecret/x.m3u8":                        "",
		"http://m/cam%2Fcam.m3u8":                                   "",
		"http://m/a/b%2Fx.m3u8":                                     "",
		"rtsp://m/public/..%2Fsecret":                               "",
		"http://m/a%2Fb/x.m3u8":                                     "a/b",
		"http://m/rtsp%3A%2F%2Fh%2Fcam/rtsp%3A%2F%2Fh%2Fcam.m3u8":   "rtsp://h/cam",
		"http://m/rtsp%3A%2F%2Fh%2Fcam/rtsp%3A%2F%2Fh%2Fother.m3u8": "",
		"rtsp://m/live%2Fcam":                                       "rtsp://m/live%2Fcam",
	} {
		p, err := client.ParsePlayback(raw)
		if name == "" {
			require.ErrorIs(t, err, resthook.ErrConfig, raw)
			continue
		}
		require.NoError(t, err, raw)
		assert.Equal(t, name, p.Name, raw)
	}
}
