module github.com/wcskit/resthook/durable

go 1.26.0

replace github.com/wcskit/resthook => ..

require (
	github.com/nats-io/nats-server/v2 v2.15.2
	github.com/nats-io/nats.go v1.55.0
	github.com/stretchr/testify v1.12.1
	github.com/wcskit/resthook v0.0.0-00010101000000-000000000000
	go.uber.org/goleak v1.3.0
)
