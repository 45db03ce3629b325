package main

import (
	"context"
	"errors"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// checkCommand reads properties files as the library would.
type checkCommand struct {
	Files []string `arg:"" name:"FILE" help:"flashphoner.properties files."`
	JSON  bool     `name:"json" help:"Print one JSON object for each file."`
}

// Help is shown below the flags.
func (*checkCommand) Help() string {
	return `Warnings alone are no failure: the exit code is 0. It is 2 where a file does not read; then no settings
are printed of any file, and the one line on stderr has all faults, and the warnings behind them.`
}

// checked is one file's settings and warnings.
type checked struct {
	File     string            `json:"file"`
	Settings resthook.Settings `json:"settings"`
	Warnings []string          `json:"warnings"`
}

// Run prints the settings of each file once all of them read.
func (c *checkCommand) Run(ctx context.Context, std *terminal.Streams) error {
	files, err := input.Within(ctx, func() ([]checked, error) { return readConfigs(c.Files) })
	if err != nil {
		return err
	}
	for i, file := range files {
		if err := c.print(std, i, file); err != nil {
			return err
		}
	}
	return nil
}

// readConfigs reads every file, so that one run shows every fault. If there is a fault,
// the warnings follow the faults in the error: they may explain it.
func readConfigs(names []string) ([]checked, error) {
	files := make([]checked, 0, len(names))
	var faults, warnings []error
	for _, name := range names {
		cfg, err := resthook.LoadConfig(name)
		if err != nil {
			faults = append(faults, err)
		}
		file := checked{File: name, Settings: cfg.Settings(), Warnings: []string{}}
		for _, warning := range cfg.Warnings {
			file.Warnings = append(file.Warnings, warning.String())
			warnings = append(warnings, errors.New("warning: "+warning.String()))
		}
		files = append(files, file)
	}
	if len(faults) > 0 {
		return nil, errors.Join(append(faults, warnings...)...)
	}
	return files, nil
}

// print writes one file. If there are several, each has a heading.
func (c *checkCommand) print(std *terminal.Streams, i int, file checked) error {
	if c.JSON {
		return std.PrintJSON(file)
	}
	heading := ""
	if len(c.Files) > 1 {
		heading = terminal.Printable(file.File) + ":\n"
	}
	if i > 0 {
		heading = "\n" + heading
	}
	return std.Print(heading + file.text())
}

// text is the settings as a table, with the warnings below it.
func (f checked) text() string {
	rows := make([]string, len(f.Settings))
	for i, setting := range f.Settings {
		rows[i] = setting.Key + "\t" + shown(setting)
	}
	lines := []string{terminal.Columns(rows)}
	for _, warning := range f.Warnings {
		lines = append(lines, "warning: "+terminal.OneLine(warning))
	}
	return strings.Join(lines, "\n")
}

// shown is a setting's value in the table.
func shown(setting resthook.Setting) string {
	value := strings.TrimPrefix(setting.String(), setting.Key+"=")
	if value == "" {
		return `""`
	}
	return terminal.Printable(value)
}
