package main

import "os"

// paint says whether text is coloured.
type paint bool

// colour is a parameter of the escape sequence Select Graphic Rendition
// (ECMA-48).
type colour string

const (
	dim     colour = "2"
	red     colour = "31"
	green   colour = "32"
	yellow  colour = "33"
	blue    colour = "34"
	magenta colour = "35"
	cyan    colour = "36"
)

// in is the text in a colour.
func (p paint) in(c colour, text string) string {
	if !bool(p) || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// coloured says whether somebody reads the file on a terminal that shows
// colours, who has not asked for none (https://no-color.org).
func coloured(file *os.File, environment func(string) string) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && environment("NO_COLOR") == "" && environment("TERM") != "dumb"
}
