package resthook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wcskit/resthook"
)

func ExampleLoadConfig() {
	config, err := resthook.LoadConfig("testdata/properties/flashphoner.properties")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(config.RequestTimeout, config.RetryCount, config.SecretKey)
	// Output: 30s 5 ***
}

func ExampleParseConfig() {
	config, err := resthook.ParseConfig(strings.NewReader(`
# hooks
rest_request_timeout=90
rest_client_retry_count=1
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(config.RequestTimeout, config.RetryCount)
	for _, warning := range config.Warnings {
		fmt.Println(warning)
	}
	// Output:
	// 1m30s 3
	// line 3: rest_request_timeout: 90 seconds is outside the recommended 1 to 60
	// line 4: rest_client_retry_count: is not a known property
}

// A bad value names its line. Several come as one error.
func ExampleConfigError() {
	_, err := resthook.ParseConfig(strings.NewReader("rest_request_timeout=15s\nrest_hook_send_hash=true\n"))
	fmt.Println(errors.Is(err, resthook.ErrConfig))
	if first, ok := errors.AsType[*resthook.ConfigError](err); ok {
		fmt.Println(first.Line, first.Key, first.Value)
	}
	fmt.Println(err)
	// Output:
	// true
	// 1 rest_request_timeout 15s
	// line 1: rest_request_timeout: "15s" is not a whole number from 0 on; line 2: rest_hook_send_hash: "true" needs rest_hook_secret_key
}

func ExampleConfig_With() {
	config, err := resthook.DefaultConfig().With("rest_request_timeout", "5")
	fmt.Println(config.RequestTimeout, err)

	_, err = config.With("rest_timeout", "5")
	fmt.Println(err)
	// Output:
	// 5s <nil>
	// rest_timeout: is not a known property
}

func ExampleConfig_Settings() {
	settings := resthook.DefaultConfig().Settings()
	for _, setting := range settings[:3] {
		fmt.Println(setting)
	}
	text, err := json.Marshal(settings[:3])
	fmt.Println(string(text), err)
	// Output:
	// disable_rest_requests=false
	// rest_request_timeout=15
	// rest_client_request_retry_count=3
	// {"disable_rest_requests":false,"rest_request_timeout":15,"rest_client_request_retry_count":3} <nil>
}
