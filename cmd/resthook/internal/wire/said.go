package wire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
)

// How much of an answer is shown.
const (
	mostSaid      = 1 << 10 // bytes of the body
	mostSaidLines = 5
)

// Said is the first lines of an answer that denied a hook or failed it, and the Location of
// a redirect.
func Said(failed *resthook.Error) []string {
	said := saidIn(failed.Answer)
	if failed.Location != "" {
		said = append(said, "Location: "+visible(mask.Header("Location", failed.Location)))
	}
	return said
}

func saidIn(answer []byte) []string {
	if bytes.IndexByte(answer, 0) >= 0 || bytes.HasPrefix(answer, []byte("\x1f\x8b")) {
		return []string{fmt.Sprintf("(%d bytes that are no text)", len(answer))}
	}
	answer = bytes.TrimPrefix(answer, []byte("\uFEFF"))
	text := mask.Body([]byte(strings.ToValidUTF8(string(answer[:min(len(answer), mostSaid)]), "")))
	var said []string
	for _, line := range linesOf(text) {
		if strings.TrimSpace(line) != "" {
			said = append(said, line)
		}
	}
	if cut := said[:min(len(said), mostSaidLines)]; len(cut) < len(said) || len(answer) > mostSaid && len(cut) > 0 {
		cut[len(cut)-1] += " ..."
		return cut
	}
	return said
}
