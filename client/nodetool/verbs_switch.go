package nodetool

// switchVerbs switch on, off, or show what can be.
var switchVerbs = []verb{
	{name: "statusbinary", about: "whether CQL clients are served", print: running(func(r *Report) bool { return r.Native })},
	{name: "disablebinary", about: "finish clients' requests and serve them no more"},
	{name: "enablebinary", about: "serve clients again"},
	{name: "statusgossip", about: "whether this node speaks to the others", print: running(func(r *Report) bool { return !r.Alone })},
	{name: "enablegossip", about: "nothing but an error after drain: nodes always speak to each other"},
	{name: "statusbackup", about: "whether backups are made all the time: they are not", print: running(func(*Report) bool { return false })},
	{name: "disablebackup", about: "nothing: there are no such backups"},
}
