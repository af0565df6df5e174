package java

func (c *compiler) labelled() stmt {
	label := c.advance()
	c.at++
	for _, l := range c.loops {
		if l.label == label.text {
			c.fail(label, "Duplicate label %s", label.text)
		}
	}
	switch c.cur().text {
	case "while", "do", "for":
		return c.loopStatement(label.text)
	case "switch":
		return c.switchStatement(label.text)
	}
	c.fail(label, "A label can only stand before a loop or switch")
	return stmt{}
}

func (c *compiler) pushLoop(label string, isLoop bool) *loop {
	l := &loop{label: label, isLoop: isLoop}
	c.loops = append(c.loops, l)
	return l
}

func (c *compiler) popLoop() { c.loops = c.loops[:len(c.loops)-1] }

// jump is break and continue.
func (c *compiler) jump() stmt {
	t := c.advance()
	label := ""
	if c.cur().kind == tokIdent {
		label = c.advance().text
	}
	c.want(";")
	isBreak := t.text == "break"
	for i := len(c.loops) - 1; i >= 0; i-- {
		l := c.loops[i]
		if label != "" && l.label != label || label == "" && !isBreak && !l.isLoop {
			continue
		}
		if !isBreak && !l.isLoop {
			c.fail(t, "continue cannot be used outside of a loop")
		}
		if isBreak {
			l.breaks = true
			now := c.snapshot()
			if l.breakAssigned == nil {
				l.breakAssigned = now
			} else {
				for v := range l.breakAssigned {
					if !now[v] {
						delete(l.breakAssigned, v)
					}
				}
			}
		}
		end := continues
		if isBreak {
			end = breaks
		}
		return stmt{func(f *frame) control {
			f.label = label
			return end
		}, false}
	}
	switch {
	case label != "":
		c.fail(t, "The label %s is missing", label)
	case isBreak:
		c.fail(t, "break cannot be used outside of a loop or a switch")
	}
	c.fail(t, "continue cannot be used outside of a loop")
	return stmt{}
}

// after says what a loop does about the end of its body: whether it goes on, and else what it ends with.
func after(f *frame, r control, label string) (end bool, with control) {
	switch r {
	case next:
		return false, next
	case breaks:
		if f.label == "" || f.label == label {
			f.label = ""
			return true, next
		}
	case continues:
		if f.label == "" || f.label == label {
			f.label = ""
			return false, next
		}
	}
	return true, r
}
