package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

// statusText is a status for people.
func statusText(st *inspect.Status) string {
	blocks := []string{summary(st)}
	for _, rows := range [][][]string{appRows(st), nodeRows(st), estateRows(st), deadRows(st), streamRows(st)} {
		if len(rows) > 1 {
			blocks = append(blocks, columns(rows))
		}
	}
	return strings.Join(blocks, "\n\n")
}

func summary(st *inspect.Status) string {
	rows := [][]string{
		{"events", counted(st.Events.Count, "event") + ", " + size(st.Events.Bytes) + plus(st) + " of payload" + since(st.Time, st.Events.Oldest)},
		{"journal", fmt.Sprintf("%s, %s, %s open", counted(st.Journal.Sessions, "session"), counted(st.Journal.Streams, "stream"), counted(st.Journal.Calls, "call"))},
		{"dead", counted(st.Dead.Count, "letter") + ", " + size(st.Dead.Bytes) + since(st.Time, st.Dead.Oldest)},
	}
	for _, damage := range st.Damage {
		rows = append(rows, []string{"damage", oneLine(damage)})
	}
	return columns(rows)
}

func since(now time.Time, oldest *time.Time) string {
	if oldest == nil {
		return ""
	}
	return fmt.Sprintf(", the oldest of %s (%s ago)", stamp(*oldest), ageOf(now, *oldest))
}

// plus stands behind a number that counts the oldest events alone.
func plus(st *inspect.Status) string {
	if st.Events.Whole() {
		return ""
	}
	return "+"
}

func appRows(st *inspect.Status) [][]string {
	rows := [][]string{{"APP", "EVENTS", "BYTES", "CLOSING", "STATUS", "PROGRESS", "DAMAGED", "OLDEST"}}
	for _, a := range st.Events.Apps {
		rows = append(rows, []string{
			appCell(a.App), number(a.Count), size(a.Bytes) + plus(st), number(a.Closing) + plus(st), number(a.Status) + plus(st),
			number(a.Progress) + plus(st), number(a.Damaged) + plus(st), stampOf(a.Oldest),
		})
	}
	return rows
}

func nodeRows(st *inspect.Status) [][]string {
	rows := [][]string{{"NODE", "STATE", "RENEWED", "EVENTS", "SESSIONS", "STREAMS", "CALLS", "BOOT"}}
	for _, n := range st.Nodes {
		row := []string{cell(n.Node), n.State, ageOf(st.Time, n.Renewed) + " ago"}
		rows = append(rows, append(append(row, leftCells(n.Left)...), cell(n.Boot)))
	}
	return rows
}

func estateRows(st *inspect.Status) [][]string {
	rows := [][]string{{"ESTATE OF", "OWNER", "EVENTS", "SESSIONS", "STREAMS", "CALLS", "BOOT"}}
	for _, e := range st.Estates {
		rows = append(rows, append(append([]string{cell(e.Node), cell(e.Owner)}, leftCells(e.Left)...), cell(e.Boot)))
	}
	return rows
}

func leftCells(l inspect.Left) []string {
	return []string{number(l.Events), number(l.Sessions), number(l.Streams), number(l.Calls)}
}

func deadRows(st *inspect.Status) [][]string {
	rows := [][]string{{"DEAD OF APP", "LETTERS", "CLOSING", "STATUS", "PROGRESS", "DAMAGED"}}
	for _, a := range st.Dead.Apps {
		rows = append(rows, []string{appCell(a.App), number(a.Count), number(a.Closing), number(a.Status), number(a.Progress), number(a.Damaged)})
	}
	return rows
}

func streamRows(st *inspect.Status) [][]string {
	rows := [][]string{{"STREAM", "FULL", "MESSAGES", "OF", "BYTES", "OF", "REPLICAS", "LEADER"}}
	for _, s := range st.Streams {
		if s.Missing {
			rows = append(rows, []string{s.Name, "missing"})
			continue
		}
		rows = append(rows, []string{
			s.Name, percent(s), number(s.Messages), bound(s.Most, func(n uint64) string { return number(n) }), size(s.Bytes), bound(s.MostSize, size),
			fmt.Sprintf("%d of %d", s.Current, s.Replicas), cell(s.Leader),
		})
	}
	return rows
}

func percent(s inspect.Stream) string {
	if s.Most == 0 && s.MostSize == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*s.Full)
}

func bound(most int64, shown func(uint64) string) string {
	if most <= 0 {
		return "-"
	}
	return shown(uint64(most))
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }
