// Package lab is a Docker host with a real CIFS client and an Azure storage account for it, on one machine that need have neither: a guest of
// User Mode Linux, which is Debian's kernel as an ordinary process, Samba in the part of the account's SMB server, and package fake in the part of
// its REST service, on a private network of their own.
//
//	lab.go            the parts, from start to end
//	network_linux.go  a network of two addresses; cut and healed
//	server_linux.go   Samba: SMB 3 only, encrypted, user = account, password = key, as Azure has it
//	guest_linux.go    the guest: boots in seconds, crashes at once; init.sh is its first process
//
// The guest sees the machine's files as its own; what it writes stays in its memory. In it ACCOUNT.file.core.windows.net is the server, for both protocols, with
// a certificate that it trusts, so a volume driver runs there as it does anywhere. Commands are run by ssh (dropbear); its Docker engine
// is reached from outside, too.
//
// It needs root, /dev/net/tun and Debian's packages user-mode-linux, samba, dropbear-bin, kmod, iproute2, iptables and docker.io.
package lab
