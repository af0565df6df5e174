// Package lease says which process may write a directory on a share, where the lock on it does not, or not for sure, keep out processes of other hosts.
//
//	take.go     a newcomer looks on, and takes the lease when it is free
//	sight.go    what it concludes from what it sees
//	lease.go    the holder: renews, notices that it has lost it, gives it back
//	record.go   what is in the file
//	fence.go    files that can be changed as long as the lease is held
//
// # Files
//
// The lease with number n is the file helenus-lease-n in the directory; the highest number is the lease, all others are past. It is made with exclusive creation, so of
// several that want number n one gets it. Who has made one announces it in the file helenus-lease, which stays: the holder before reads that, since kernels may remember for a while
// which names a directory has, while a direct read of a file asks the server. The holder writes over its own file every 2 s; nothing is renamed, since SMB does not rename over a
// file that somebody reads. Whoever has taken a lease deletes those before it, so the highest number never goes down.
//
// # Rules
//
// No two hosts' clocks are compared. A newcomer watches the file: when its content has stayed the same for Silent, measured by the newcomer's own monotonic clock, its
// holder is taken for dead. One that changes is alive, and the newcomer is refused.
//
// There is no watching where it is certain that the holder has ended, given that the newcomer has the directory's lock by then:
//
//	the lease was given back
//	its holder's lock reached other hosts and so does the newcomer's: both can't have it
//	its holder saw the directory on the same boot of the same machine as the same file system (device number): there the lock holds between processes, even if it does
//	not reach the server, and a number stands for another file system only when nothing of the first is open any more. So a killed container starts at once on its host;
//	after a crash of the host, or on another host, a start takes Silent longer.
//
// L1. The holder may write for Valid after the beginning of its last renewal, which is less than Silent: so its right has ended when a newcomer's watch has. Then its writes
// wait, and go on if it can renew: it was cut off, and nobody came. What was written before and synced after is acknowledged after.
//
// L2. A renewal writes the holder's file first and looks for a higher number after that. A newcomer announces its number first and looks at the holder's file after that. Whichever
// is later sees the other: a holder that sees a higher number has lost; a newcomer that sees a change watches on, from the beginning.
//
// L3. A holder that has lost its lease changes nothing any more, not even to flush: every further write fails.
//
// L4. What a holder finds in its file is what it wrote. Anything else is by a copy of the process, such as a virtual machine started twice from a snapshot: it has lost.
//
// # What it can't do
//
// A server that knows nothing of leases takes a request late if the kernel sends it late. What can come late is what was under way when the right ended: an unacknowledged write to
// a log that the newcomer has read and left, or to a file that it does not know. A machine that is paused as a whole with its clock goes on as if no time had passed until
// its next renewal, two seconds at most.
package lease
