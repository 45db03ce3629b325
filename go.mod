module github.com/wcskit/resthook

go 1.26

require (
	github.com/alecthomas/kong v1.17.0
	github.com/hashicorp/go-retryablehttp v0.7.8
	github.com/magiconair/properties v1.18.12
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
