package volume

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azfile/directory"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azfile/fileerror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azfile/share"
)

// Account is a storage account, and how it is reached.
type Account struct {
	Name string
	Key  string // base64
	Base string // domain of its endpoints, such as core.windows.net
	// Transport carries requests to the service; nil: the library's. Tests bring requests to a service of their own.
	Transport policy.Transporter
}

// Host is the server of the account's shares, by REST and by SMB.
func (a Account) Host() string { return a.Name + ".file." + a.Base }

// Times of the service's calls. The whole of one has to end before the engine gives up.
const (
	createWithin      = 110 * time.Second // of Create: the engine waits 120
	removeWithin      = 50 * time.Second  // of Remove: the engine waits 60
	askWithin         = 20 * time.Second  // of what is asked when a mount has failed
	beingDeletedPause = 3 * time.Second
	beingDeletedMax   = 60 * time.Second // the service says 30 s, and may take longer
)

// patience is how the library goes on after failures that pass: throttling, a busy service, a connection lost.
var patience = policy.RetryOptions{MaxRetries: 4, TryTimeout: 20 * time.Second, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 10 * time.Second}

// shares are those of an account.
type shares struct {
	account    Account
	credential *share.SharedKeyCredential
	options    share.ClientOptions
	pause      time.Duration // between two looks at a share that is being deleted
	patient    time.Duration // how long such a one is waited for
}

func newShares(a Account) (*shares, error) {
	credential, err := share.NewSharedKeyCredential(a.Name, a.Key)
	if err != nil {
		return nil, fmt.Errorf("the key of account %s is not base64", a.Name) // the library's error may show a part of the key
	}
	s := &shares{account: a, credential: credential, pause: beingDeletedPause, patient: beingDeletedMax}
	s.options.ClientOptions = azcore.ClientOptions{Transport: a.Transport, Retry: patience, Telemetry: policy.TelemetryOptions{ApplicationID: "helenus"}}
	return s, nil
}

func (s *shares) client(name string) (*share.Client, error) {
	return share.NewClientWithSharedKeyCredential("https://"+s.account.Host()+"/"+name, s.credential, &s.options)
}

// create makes a share, or finds that it is there. One that is being deleted is waited for.
func (s *shares) create(ctx context.Context, name, quota string) error {
	client, err := s.client(name)
	if err != nil {
		return err
	}
	var o share.CreateOptions
	if quota != "" {
		n, err := strconv.ParseInt(quota, 10, 32)
		if err != nil {
			return err
		}
		gib := int32(n)
		o.Quota = &gib
	}
	for began := time.Now(); ; {
		_, err = client.Create(ctx, &o)
		switch {
		case err == nil, fileerror.HasCode(err, fileerror.ShareAlreadyExists):
			return nil
		case !fileerror.HasCode(err, fileerror.ShareBeingDeleted) || time.Since(began)+s.pause > s.patient:
			return s.explain(err)
		}
		select {
		case <-ctx.Done():
			return s.explain(err)
		case <-time.After(s.pause):
		}
	}
}

// makeDirectories makes the directories on a path in a share, level by level.
func (s *shares) makeDirectories(ctx context.Context, name, path string) error {
	made := ""
	for _, part := range remoteParts(path) {
		made += "/" + url.PathEscape(part)
		client, err := directory.NewClientWithSharedKeyCredential("https://"+s.account.Host()+"/"+name+made, s.credential, (*directory.ClientOptions)(&s.options))
		if err != nil {
			return err
		}
		if _, err := client.Create(ctx, nil); err != nil && !fileerror.HasCode(err, fileerror.ResourceAlreadyExists) {
			return fmt.Errorf("directory %s: %w", strings.Join(remoteParts(made), "/"), s.explain(err))
		}
	}
	return nil
}

// exists says whether a share is there, which also tells whether the service takes the key.
func (s *shares) exists(ctx context.Context, name string) (bool, error) {
	client, err := s.client(name)
	if err != nil {
		return false, err
	}
	_, err = client.GetProperties(ctx, nil)
	switch {
	case err == nil:
		return true, nil
	case fileerror.HasCode(err, fileerror.ShareNotFound, fileerror.ShareBeingDeleted):
		return false, nil
	}
	return false, s.explain(err)
}

// remove deletes a share. One that is gone, or going, is no failure.
func (s *shares) remove(ctx context.Context, name string) error {
	client, err := s.client(name)
	if err != nil {
		return err
	}
	_, err = client.Delete(ctx, nil)
	if err == nil || fileerror.HasCode(err, fileerror.ShareNotFound, fileerror.ShareBeingDeleted) {
		return nil
	}
	return s.explain(err)
}
