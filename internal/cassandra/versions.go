package cassandra

// The versions that Helenus claims to clients. Tools branch on them, so they are those of the Cassandra that the
// behaviour was recorded from.
const (
	ReleaseVersion = "5.0.5"
	CQLVersion     = "3.4.7"
	// NativeProtocolVersion is the newest version spoken, as system.local shows it.
	NativeProtocolVersion = "5"
)
