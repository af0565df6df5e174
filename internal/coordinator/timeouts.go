package coordinator

import "time"

// Timeouts are how long requests may take, by the names that nodetool has for them.
func (c *Coordinator) Timeouts() map[string]time.Duration {
	o := &c.options
	return map[string]time.Duration{
		"read": o.ReadTimeout, "range": o.RangeTimeout, "write": o.WriteTimeout, "counterwrite": o.CounterTimeout, "cascontention": o.ContentionTimeout,
	}
}
