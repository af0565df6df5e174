// Package deploy holds files that installations are made of, as the program itself writes them: helenus volume-driver install.
package deploy

import "embed"

// Files are those of deploy/systemd and deploy/upstart, by their paths below deploy.
//
//go:embed systemd upstart
var Files embed.FS
