// Package fake is the part of the Azure Files REST service that a volume driver uses, made from the published description of it, so that what a
// driver sends is judged by somebody else than the library that sends it:
//
//	https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
//	https://learn.microsoft.com/rest/api/storageservices/create-share get-share-properties delete-share create-directory list-shares
//
// It keeps shares and directories in memory, speaks the versions of 2014 and of today, checks each request's signature and time, and fails on
// demand. It has no files: those are served by SMB.
package fake
