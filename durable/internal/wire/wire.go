// Package wire says how events, journal, dead letters and nodes lie in JetStream: the streams,
// their subjects, and what stands in a message.
//
//	rh.ev.<node>.<boot>.<app>.<line>            an event that is not over
//	rh.open.<node>.<boot>.<app>.<line>.<thing>  the closing event of what is open
//	rh.dead.<app>.<priority>.<line>             an event that was given up
//	$KV.RH.n.<node>                             the lease of a node
//	$KV.RH.b.<node>.<boot>                      who owns what a boot has left
package wire

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook"
)

// The streams.
const (
	Events = "RH_EVENTS"
	Dead   = "RH_DEAD"
	Nodes  = "KV_RH"
)

const (
	events  = "rh.ev."
	journal = "rh.open."
	dead    = "rh.dead."
	lease   = "$KV.RH.n."
	boots   = "$KV.RH.b."
)

// Session is the last token of the entry of a session in the journal. That of a stream or a call
// begins with another letter each.
const (
	Session = "c"
	stream  = "s"
	call    = "k"
)

// Bounds of the streams.
type Bounds struct {
	Replicas   int
	Bytes      int64 // of events and journal
	Messages   int64
	DeadBytes  int64
	DeadAge    time.Duration
	Duplicates time.Duration
}

// Streams returns the configuration of all streams.
func Streams(b Bounds) []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name: Events, Subjects: []string{events + ">", journal + ">"}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
			Discard: jetstream.DiscardNew, MaxBytes: b.Bytes, MaxMsgs: b.Messages, Duplicates: b.Duplicates, Replicas: b.Replicas,
		},
		{
			Name: Dead, Subjects: []string{dead + ">"}, Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage,
			Discard: jetstream.DiscardOld, MaxBytes: b.DeadBytes, MaxAge: b.DeadAge, Replicas: b.Replicas, Duplicates: b.Duplicates,
		},
		{
			Name: Nodes, Subjects: []string{"$KV.RH.>"}, Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage,
			Discard: jetstream.DiscardNew, MaxMsgsPerSubject: 1, Replicas: b.Replicas, DenyDelete: false, AllowRollup: false,
		},
	}
}

// text is a text as a token of a subject, which can be read back.
func text(s string) string {
	return "t" + strings.ToLower(encoding().EncodeToString([]byte(s)))
}

// Text reads a token back.
func Text(token string) string {
	raw, err := encoding().DecodeString(strings.ToUpper(strings.TrimPrefix(token, "t")))
	if err != nil {
		return token
	}
	return string(raw)
}

// hashed is a text of any length and of any origin as a token.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return strings.ToLower(encoding().EncodeToString(sum[:15]))
}

func encoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// Boot is one life of a node: a process, until it ends or loses its lease.
type Boot struct {
	Node string // the name, as configured
	ID   string
}

func (b Boot) tokens() string { return text(b.Node) + "." + b.ID + "." }

// String is the boot for a log or an error.
func (b Boot) String() string { return fmt.Sprintf("%.64q (%s)", b.Node, b.ID) }

// Line names the events that are delivered in order.
func Line(e *resthook.Event) string { return cmp.Or(e.Line, e.Session) }

// EventPlace is where an event lies among those of a boot.
func EventPlace(e *resthook.Event) string { return text(e.App) + "." + hashed(Line(e)) }

// EventSubject is where an event of a boot lies, by its place.
func EventSubject(b Boot, place string) string { return events + b.tokens() + place }

// EventsOf matches all events of a boot.
func EventsOf(b Boot) string { return events + b.tokens() + ">" }

// EventsOfApp matches the events of an app.
func EventsOfApp(b Boot, app string) string { return events + b.tokens() + text(app) + ".>" }

// EventsWhere matches the events of a node and of an app, by their names; "*" is any of them.
func EventsWhere(node, app string) string {
	return events + textOrAny(node) + ".*." + textOrAny(app) + ".*"
}

// DeadWhere matches the dead letters of an app; "*" is any.
func DeadWhere(app string) string { return dead + textOrAny(app) + ".*.*" }

func textOrAny(s string) string {
	if s == "*" {
		return s
	}
	return text(s)
}

// OpenSubject is where the closing event of what is open lies.
func OpenSubject(b Boot, e *resthook.Event) string { return openLine(b, e) + "." + Thing(e) }

// OpenOfLine matches all that is open of a session.
func OpenOfLine(b Boot, e *resthook.Event) string { return openLine(b, e) + ".>" }

// SessionSubject is where the closing event of an event's session lies.
func SessionSubject(b Boot, e *resthook.Event) string { return openLine(b, e) + "." + Session }

func openLine(b Boot, e *resthook.Event) string {
	return journal + b.tokens() + text(e.App) + "." + hashed(Line(e))
}

// Thing is the token of what an event closes: its session, or a stream or call of it.
func Thing(e *resthook.Event) string {
	if e.About.MediaSessionID == "" && e.About.CallID == "" {
		return Session
	}
	kind := stream
	if e.Hook == resthook.CallStatusEvent.Name() {
		kind = call
	}
	return kind + hashed(fmt.Sprintf("%s %q %q", e.Hook, e.About.MediaSessionID, e.About.CallID))
}

// IsSession reports whether a subject of the journal is that of a session.
func IsSession(subject string) bool { return strings.HasSuffix(subject, "."+Session) }

// IsCall reports whether a subject of the journal is that of a call.
func IsCall(subject string) bool {
	return strings.HasPrefix(subject[strings.LastIndexByte(subject, '.')+1:], call)
}

// OpenOf matches all that is open of a boot.
func OpenOf(b Boot) string { return journal + b.tokens() + ">" }

// OpenOfNode matches all that is open of a node.
func OpenOfNode(node string) string { return journal + text(node) + ".>" }

// AllEvents, AllOpen and AllDead match everything of their kind.
const (
	AllEvents = events + ">"
	AllOpen   = journal + ">"
	AllDead   = dead + ">"
)

// Place is what a subject of an event or of the journal says.
type Place struct {
	Boot Boot
	App  string
	Line string // the token
}

// ParseSubject reads a subject of an event or of the journal.
func ParseSubject(subject string) (Place, bool) {
	parts := strings.Split(subject, ".")
	if len(parts) < 6 || parts[0] != "rh" || parts[1] != "ev" && parts[1] != "open" {
		return Place{}, false
	}
	return Place{Boot: Boot{Node: Text(parts[2]), ID: parts[3]}, App: Text(parts[4]), Line: parts[5]}, true
}

// DeadSubject is where an event lies that was given up.
func DeadSubject(e *resthook.Event) string {
	return dead + text(e.App) + "." + e.Priority.String() + "." + hashed(Line(e))
}

// DamagedSubject is where something lies that was in a subject and is no event.
func DamagedSubject(subject string) string {
	p, _ := ParseSubject(subject)
	return dead + text(p.App) + ".damaged." + cmp.Or(p.Line, "unknown")
}

// ParseDead reads the subject of a dead letter: its app, and the word of its priority or "damaged".
func ParseDead(subject string) (app, kind string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 5 || !strings.HasPrefix(subject, dead) {
		return "", "", false
	}
	return Text(parts[2]), parts[3], true
}

// AppToken is an app as a token.
func AppToken(app string) string { return text(app) }

// LeaseSubject is where the lease of a node lies, and AllLeases matches those of all nodes.
func LeaseSubject(node string) string { return lease + text(node) }

// AllLeases and AllBoots match what their names say.
const (
	AllLeases = lease + "*"
	AllBoots  = boots + ">"
)

// NodeOf is the node in the subject of a lease.
func NodeOf(subject string) string { return Text(strings.TrimPrefix(subject, lease)) }

// BootSubject is where the owner of a boot's estate lies.
func BootSubject(b Boot) string { return boots + text(b.Node) + "." + b.ID }

// BootsOf matches the boots of a node.
func BootsOf(node string) string { return boots + text(node) + ".*" }

// BootOf is the boot in the subject of its owner.
func BootOf(subject string) (Boot, bool) {
	node, id, ok := strings.Cut(strings.TrimPrefix(subject, boots), ".")
	return Boot{Node: Text(node), ID: id}, ok
}

// Owner is a boot as the value of a claim. number is how many boots the node of the claimed one had before;
// 0 where that is not known.
func Owner(b Boot, number int) []byte {
	return []byte(text(b.Node) + "." + b.ID + "." + strconv.Itoa(number))
}

// ParseOwner reads it back.
func ParseOwner(value []byte) (b Boot, number int) {
	node, rest, _ := strings.Cut(string(value), ".")
	id, after, _ := strings.Cut(rest, ".")
	number, _ = strconv.Atoi(after)
	return Boot{Node: Text(node), ID: id}, number
}
