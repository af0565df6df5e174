// Package article runs the commands of docs/article, read from the page and in its order, against a Docker engine, compares what they print
// with what the page shows, and measures the walk.
//
// What a fenced block of the page is:
//
//	sh             commands, one a line, all of which succeed; they run in a folder that holds the project
//	sh fails       one command that is shown to fail
//	text           what the last command of the block before prints; lines behind a prompt are typed at a terminal
//	powershell     the same for Windows: run in the shell's words where the tests run
//	azurecli       commands that ask for an Azure account: looked at, not run
//	sh azurefile   commands of a Docker host with a storage account: run by test/azurefile, which has both
package article
