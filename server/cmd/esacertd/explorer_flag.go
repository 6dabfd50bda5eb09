package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// explorerFlag is the value of --explorer. A bare --explorer means on.
type explorerFlag string

const (
	explorerAuto explorerFlag = "auto"
	explorerOn   explorerFlag = "on"
	explorerOff  explorerFlag = "off"
)

// IsBool makes kong accept the flag without a value.
func (explorerFlag) IsBool() bool { return true }

// Decode reads the value, if any.
func (f *explorerFlag) Decode(ctx *kong.DecodeContext) error {
	next := ctx.Scan.Peek()
	value := explorerFlag(next.String())
	switch {
	case value == explorerAuto || value == explorerOn || value == explorerOff:
		ctx.Scan.Pop()
		*f = value
	case next.Type == kong.FlagValueToken:
		return fmt.Errorf("invalid value %q: want auto, on or off", value)
	default:
		*f = explorerOn
	}
	return nil
}
