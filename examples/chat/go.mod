module github.com/wcskit/resthook/examples/chat

go 1.26

require (
	github.com/coder/websocket v1.8.15
	github.com/stretchr/testify v1.12.1
	github.com/wcskit/resthook v0.0.0
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/magiconair/properties v1.18.12 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/wcskit/resthook => ../..
