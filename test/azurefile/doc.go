// Package azurefile runs the volume driver where it belongs: a Docker host with the kernel's CIFS client, beside a storage account (package lab).
// What is in it, and what a node on such a volume keeps, is looked at through Docker's own commands.
//
//	volume_test.go     a volume from its creation to its end; driver killed, engine restarted; both kinds of configuration files
//	loss_test.go       docker kill, an account that is away or cut off, a host that loses power, under writes; -rounds=10
//	lock_test.go       a second host on the same volume; mounts that lose writes
//	article_test.go    the commands of docs/article's section on Azure Files
//
// All of it has one guest, so tests run one after another. go run ./test -only azurefile installs what it needs.
package azurefile
