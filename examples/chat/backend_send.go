package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wcskit/resthook/backend"
)

// textLimit is how long a message may be, in characters.
const textLimit = 500

// readText is what a member says, or why it may not be said.
func readText(payload map[string]any) (string, error) {
	text, ok := payload["body"].(string)
	text = strings.TrimSpace(text)
	switch {
	case !ok || text == "":
		return "", backend.Deny("an empty message")
	case utf8.RuneCountInString(text) > textLimit:
		return "", backend.Deny("a message that is too long")
	case abusive(text):
		return "", backend.Deny("an abusive word")
	}
	return text, nil
}

// abusive looks at whole words: a scunthorpe is no insult.
func abusive(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"blockhead", "nincompoop", "numskull"}, word)
	})
}

// send speaks to clients, through the media server's REST API.
func (b *chatBackend) send(ctx context.Context, msg message) error {
	body, err := json.Marshal(msg)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.mediaServer+"/rest-api/data/send", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("post /rest-api/data/send: %s", resp.Status)
	}
	return nil
}
