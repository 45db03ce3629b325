package resthook

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/lanes"
)

func TestSignalOfAnAttempt(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, row := range []struct {
		fault *failure
		again bool
		want  lanes.Signal
	}{
		{nil, false, lanes.SignalAnswer},
		{&failure{kind: faultStatus, err: cause}, false, lanes.SignalAnswer},
		{&failure{kind: faultBody, err: cause}, false, lanes.SignalAnswer},
		{&failure{kind: faultStatus, err: cause}, true, lanes.SignalBusy},
		{&failure{kind: faultUnreachable, err: cause}, true, lanes.SignalUnreachable},
		{&failure{kind: faultUnreachable, err: cause}, false, lanes.SignalUnreachable},
		{&failure{kind: faultTLS, err: cause}, false, lanes.SignalUnreachable},
		{&failure{kind: faultNoAnswer, err: cause}, true, lanes.SignalSilence},
		{&failure{kind: faultNoAnswer, err: cause, reused: true, phase: h1.Sent}, true, lanes.SignalNone},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Sent}, false, lanes.SignalSilence},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Sent}, true, lanes.SignalSilence},
		{&failure{kind: faultTimeout, err: cause, phase: h1.Waiting}, true, lanes.SignalNone},
		{&failure{kind: faultConfig, err: cause}, false, lanes.SignalNone},
		{&failure{kind: faultCanceled, err: cause}, false, lanes.SignalNone},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Sent}, false, lanes.SignalSilence},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Connecting}, false, lanes.SignalUnreachable},
		{&failure{kind: faultCanceled, err: errAge, phase: h1.Waiting}, false, lanes.SignalNone},
	} {
		name := "success"
		if row.fault != nil {
			name = fmt.Sprint(row.fault, row.again)
		}
		j := job{progress: progress{fault: row.fault}}
		assert.Equal(t, row.want, j.signal(row.again), name)
		if row.want == lanes.SignalUnreachable || row.want == lanes.SignalBusy {
			row.want = lanes.SignalNone
		}
		j.others = true
		assert.Equal(t, row.want, j.signal(row.again), "%s, and another backend is well", name)
	}
}
