package planted

// Bug is a defect.
type Bug int

// Each is something that an implementer could well do.
const (
	None Bug = iota
	// UnsyncedRegisters answers promises and acceptances that a loss of power takes back.
	UnsyncedRegisters
	// UnsyncedLog acknowledges writes that a loss of power takes back.
	UnsyncedLog
	// UnsyncedMetadata does so with the metadata group's log.
	UnsyncedMetadata
	// OneSource fetches a range from one replica alone.
	OneSource
	// NoFence lets writes pass that were planned for an older topology.
	NoFence
	// ShortDigest compares no more than the length of what replicas hold.
	ShortDigest
	// FirstWins takes what one replica holds for what all hold together.
	FirstWins
	// NoBlockingRepair answers a read before the replicas that lag have what it answers.
	NoBlockingRepair
	// SmallWriteQuorum waits for one replica less than a level asks for, SmallReadQuorum asks one less.
	SmallWriteQuorum
	SmallReadQuorum
	// NoBatchLog begins to write a batch before it is logged.
	NoBatchLog
	// Unfinished leaves a transaction unfinished that may have won.
	Unfinished
	// AnyBallot accepts rounds that are older than what was promised.
	AnyBallot
	// MinorityPromise begins a round with the promise of one replica.
	MinorityPromise
	// PlainSerialRead reads without finishing transactions.
	PlainSerialRead
	// OldTimestamp lets a transaction write below what it has seen.
	OldTimestamp
	// NoPendingWrites leaves newcomers out of writes while they fetch.
	NoPendingWrites
	// EarlyReads lets newcomers answer before they have fetched everything.
	EarlyReads
	// EarlyEnd ends an operation before a majority of the old replicas knows.
	EarlyEnd
	// NoRegisters fetches rows alone.
	NoRegisters
	// EarlyRecord notes a range as fetched before it is.
	EarlyRecord
	// SkippedPartition passes over a partition when a read is planned anew.
	SkippedPartition
	// StaleSchema answers what changes nothing by what one node knows.
	StaleSchema
	// CounterAgain sends an increment to a second leader when the first does not answer.
	CounterAgain
	// SharedShard has all leaders count in one shard.
	SharedShard
	// LostDeletions fetches rows without the deletions above them.
	LostDeletions
	// TwiceCounted leads an increment again that was delivered twice.
	TwiceCounted
	// SparedRepair repairs no replica of a table whose reads repair none, but notes that it did.
	SparedRepair
	// Count is their number.
	Count
)

var names = [Count]string{
	"none", "UnsyncedRegisters", "UnsyncedLog", "UnsyncedMetadata", "OneSource", "NoFence", "ShortDigest", "FirstWins", "NoBlockingRepair", "SmallWriteQuorum", "SmallReadQuorum",
	"NoBatchLog", "Unfinished", "AnyBallot", "MinorityPromise", "PlainSerialRead", "OldTimestamp", "NoPendingWrites", "EarlyReads", "EarlyEnd", "NoRegisters", "EarlyRecord",
	"SkippedPartition", "StaleSchema", "CounterAgain", "SharedShard", "LostDeletions", "TwiceCounted", "SparedRepair",
}

func (b Bug) String() string { return names[b] }
