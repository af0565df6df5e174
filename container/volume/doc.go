// Package volume is Docker's volume driver azurefile: a volume is a share of Azure Files, mounted by the kernel's CIFS client. It does what
// Azure/azurefile-dockervolumedriver v0.5.1 did, which was archived in 2018, so that its users' commands, files and records go on working.
//
//	settings.go file.go      flags, variables, the files of both families that installations have
//	accounts.go              several accounts: a file of further ones, which one a volume is on
//	serve.go socket.go       the process: socket, end
//	protocol.go              the paths and bodies of the engine's calls (docker/go-plugins-helpers)
//	present.go               has the engine look for plugins, so that it knows of this one
//	driver.go                the calls: Create, List, Get, Path, Mount, Unmount, Remove, Capabilities
//	options.go names.go      what -o takes, and names of volumes
//	records.go               what is known of a volume, one file each, in the old driver's form
//	shares.go advice.go      shares by the service's REST API; what to do about its errors
//	mounter.go mount_*.go    mounts by mount(2), the kernel's table of them
//	references.go            who uses a mount, kept over restarts of the driver
//	log.go install.go        log lines; helenus volume-driver install
//
// # Rules
//
// The account's key is never written to a log, an error, a record or a process list: mount(2) takes it in its data, and no command is run.
//
// A volume has one mount, whoever uses it. Its users are the ids of the engine's Mount calls, a set, since the engine repeats an id and gives
// it back once. The set is a file under /run, so that it ends with the mounts it stands for and outlives the driver.
//
// Each volume has a lock, which its Create, Mount, Unmount and Remove hold. Get, List and Path take none and look at no mounted directory, so a server
// that doesn't answer holds up its own volumes only. A mount(2) that doesn't return within its time goes on holding its volume's lock; what it
// mounts in the end is taken down again. A share has a lock, too, taken inside a volume's: nobody deletes the share that another volume is being made for.
//
// When the driver is told to end, calls under way have a while to come to an end. What has not by then is given up, so that a caller who is told of an
// error finds nothing mounted and no user counted: either a mount is finished, answered and remembered, or it is undone. Docker calls again.
//
// The engine gives up Create and Mount after two minutes and everything else after one; each call here ends before that. A container whose
// restart policy has it start again while its server is away is not tried a second time by the engine when Mount fails, so Mount
// goes on trying for as long as it may where the volume was mounted before.
package volume
