package inspector

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// sending is the page's request to send a hook again.
type sending struct {
	Run    string  `json:"run"`
	Number uint64  `json:"number"`
	URL    string  `json:"url"`  // the base URL; empty for this server's own
	Body   *string `json:"body"` // null for the original body
}

// sent is the result of sending a hook again.
type sent struct {
	Code          int         `json:"code"` // 0 if no answer came
	Took          float64     `json:"took"`
	Answer        string      `json:"answer"`
	AnswerHeaders [][2]string `json:"answerHeaders"`
	Error         string      `json:"error"`
}

// send sends a hook again, with a new id. It is signed if there are secrets.
func (i *Inspector) send(w http.ResponseWriter, r *http.Request) {
	text, ok := readJSON(w, r)
	if !ok {
		return
	}
	var order sending
	if err := json.Unmarshal(text, &order); err != nil {
		fail(w, http.StatusBadRequest, "what was sent does not read: "+err.Error())
		return
	}
	e, _, ok := i.journal.find(order.Run, order.Number)
	if !ok {
		fail(w, http.StatusNotFound, "this hook is no longer kept")
		return
	}
	again, err := i.again(r.Context(), &e.exchange, order)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	noDeadlines(w) // the backend may be slow
	answer := exchanged(again)
	extendWrites(w)
	answerJSON(w, http.StatusOK, answer)
}

// again is the request that sends a hook again.
func (i *Inspector) again(ctx context.Context, x *exchange, order sending) (*http.Request, error) {
	base, err := url.Parse(strings.TrimSuffix(order.URL, "/"))
	if order.URL == "" {
		base, err = url.Parse(i.URL)
	}
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, errors.New("the URL does not begin with http:// or https:// and a host")
	}
	body := x.Request
	if order.Body != nil {
		body = []byte(*order.Body)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath(url.PathEscape(x.Method)).String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = i.hooks.signer.headers(body, time.Now())
	if base.User != nil {
		password, _ := base.User.Password()
		r.SetBasicAuth(base.User.Username(), password)
	}
	return r, nil
}

// headers are the headers of a hook that is sent from here.
func (s signer) headers(body []byte, at time.Time) http.Header {
	id, stamp := rand.Text(), strconv.FormatInt(at.Unix(), 10)
	header := http.Header{"Content-Type": {"application/json"}, resthook.HeaderID: {id}, resthook.HeaderTimestamp: {stamp}}
	if signature := s.sign(id, stamp, body); signature != "" {
		header.Set(resthook.HeaderSignature, signature)
	}
	return header
}

// exchanged sends a request and returns the result.
func exchanged(r *http.Request) sent {
	const patience = time.Minute
	transport := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: patience}
	begun := time.Now()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return sent{Error: failure(err), Took: milliseconds(time.Since(begun)), AnswerHeaders: [][2]string{}}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, recording.MaxBody))
	answer := sent{
		Code: resp.StatusCode, Took: milliseconds(time.Since(begun)),
		Answer: legible(body), AnswerHeaders: shownHeaders(resp.Header),
	}
	if err != nil {
		answer.Error = fmt.Sprintf("the answer was cut short after %d bytes", len(body))
	}
	return answer
}
