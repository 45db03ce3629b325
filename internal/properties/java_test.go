package properties_test

import (
	"errors"
	"unicode/utf16"
)

var errMalformed = errors.New("malformed escape")

// java is java.util.Properties.load of Java 17 in Go: its LineReader, load0 and
// loadConvert, followed step by step.
func java(text string) (map[string]string, error) {
	props := map[string]string{}
	rest := utf16.Encode([]rune(text))
	for {
		line, after, ok := javaLine(rest)
		if !ok {
			return props, nil
		}
		rest = after
		key, value := javaCut(line)
		k, err := javaConvert(key)
		if err != nil {
			return nil, err
		}
		v, err := javaConvert(value)
		if err != nil {
			return nil, err
		}
		props[k] = v
	}
}

func isJavaBlank(c uint16) bool { return c == ' ' || c == '\t' || c == '\f' }

func isJavaEnd(c uint16) bool { return c == '\n' || c == '\r' }

func javaLine(in []uint16) (line, rest []uint16, ok bool) {
	skip, appended, backslash := true, false, false
	for off := 0; ; {
		if off >= len(in) {
			return javaLast(line, backslash), nil, len(line) > 0
		}
		c := in[off]
		off++
		if skip {
			if isJavaBlank(c) || !appended && isJavaEnd(c) {
				continue
			}
			skip, appended = false, false
		}
		switch {
		case len(line) == 0 && (c == '#' || c == '!'):
			for off < len(in) && !isJavaEnd(in[off]) {
				off++
			}
			skip = true
		case !isJavaEnd(c):
			line = append(line, c)
			backslash = c == '\\' && !backslash
		case len(line) == 0:
			skip = true
		case off >= len(in):
			return javaLast(line, backslash), nil, true
		case !backslash:
			return line, in[off:], true
		default:
			line = line[:len(line)-1]
			skip, appended, backslash = true, true, false
			if c == '\r' && in[off] == '\n' {
				off++
			}
		}
	}
}

func javaLast(line []uint16, backslash bool) []uint16 {
	if backslash {
		return line[:len(line)-1]
	}
	return line
}

func javaCut(line []uint16) (key, value []uint16) {
	keyLen, start := 0, len(line)
	hasSign, backslash := false, false
	for keyLen < len(line) {
		c := line[keyLen]
		if !backslash && (c == '=' || c == ':' || isJavaBlank(c)) {
			start, hasSign = keyLen+1, !isJavaBlank(c)
			break
		}
		backslash = c == '\\' && !backslash
		keyLen++
	}
	for ; start < len(line); start++ {
		if c := line[start]; !isJavaBlank(c) {
			if hasSign || c != '=' && c != ':' {
				break
			}
			hasSign = true
		}
	}
	return line[:keyLen], line[start:]
}

func javaConvert(in []uint16) (string, error) {
	var out []uint16
	for off := 0; off < len(in); off++ {
		if in[off] != '\\' {
			out = append(out, in[off])
			continue
		}
		off++
		if in[off] != 'u' {
			out = append(out, javaShort(in[off]))
			continue
		}
		unit, err := javaUnit(in[off+1:])
		if err != nil {
			return "", err
		}
		out = append(out, unit)
		off += 4
	}
	return string(utf16.Decode(out)), nil
}

func javaShort(c uint16) uint16 {
	switch c {
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'n':
		return '\n'
	case 'f':
		return '\f'
	}
	return c
}

func javaUnit(in []uint16) (uint16, error) {
	if len(in) < 4 {
		return 0, errMalformed
	}
	var unit uint16
	for _, c := range in[:4] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 + c - '0'
		case 'a' <= c && c <= 'f':
			unit = unit<<4 + c - 'a' + 10
		case 'A' <= c && c <= 'F':
			unit = unit<<4 + c - 'A' + 10
		default:
			return 0, errMalformed
		}
	}
	return unit, nil
}
