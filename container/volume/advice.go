package volume

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azfile/fileerror"
)

// clockOffMax is how far a request's time may be from the service's.
const clockOffMax = 15 * time.Minute

// advice is what to do about an error of the service.
var advice = map[fileerror.Code]string{
	fileerror.ShareBeingDeleted:              "the share was deleted a short while ago and is still being removed; try again in a minute, or use another name",
	fileerror.ShareHasSnapshots:              "the share has snapshots, which would go with it; delete them first (az storage share-rm delete --include snapshots deletes all of it)",
	fileerror.AuthorizationFailure:           "the account's firewall does not let this machine in (Networking, Firewalls and virtual networks)",
	fileerror.InsufficientAccountPermissions: "the account does not allow this operation",
	fileerror.AccountIsDisabled:              "the account is disabled, as after unpaid bills",
	fileerror.ServerBusy:                     "the service is throttling this account; try again later",
	fileerror.InternalError:                  "the service failed; try again",
	fileerror.OperationTimedOut:              "the service took too long; try again",
	fileerror.ShareSizeLimitReached:          "the account or share is full",
	"KeyBasedAuthenticationNotPermitted":     "the account does not allow access by key; Azure Files volumes need it (Configuration, Allow storage account key access)",
	"FeatureNotSupportedForAccount":          "accounts of this kind have no file shares by SMB; use a general-purpose v2 or a FileStorage account",
	fileerror.ParentNotFound:                 "a directory above it is missing",
}

// serviceError is an answer of the service's in one line.
type serviceError struct {
	code   string
	status int
	advice string
	cause  error
}

func (e *serviceError) Error() string {
	text := e.code
	if text == "" {
		text = http.StatusText(e.status)
	}
	text = fmt.Sprintf("%s (HTTP status %d)", text, e.status)
	if e.advice != "" {
		text += ": " + e.advice
	}
	return text
}

// Unwrap returns the library's error, which shows request and answer in full.
func (e *serviceError) Unwrap() error { return e.cause }

// explain turns an error of the library into one that says what to do.
func (s *shares) explain(err error) error {
	var refused *azcore.ResponseError
	var name *net.DNSError
	switch {
	case errors.As(err, &refused):
		e := &serviceError{refused.ErrorCode, refused.StatusCode, advice[fileerror.Code(refused.ErrorCode)], err}
		if fileerror.HasCode(err, fileerror.AuthenticationFailed) || fileerror.HasCode(err, fileerror.InvalidAuthenticationInfo) {
			e.advice = s.authentication(refused)
		}
		if e.advice == "" && refused.StatusCode >= http.StatusInternalServerError {
			e.advice = "the service can't answer now; try again later"
		}
		return e
	case errors.As(err, &name):
		return fmt.Errorf("could not resolve address for %s: %w; is the account's name right, and the domain that AZURE_STORAGE_BASE or --storage-base gives?", s.account.Host(), name)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not answer in time; is HTTPS to it open?", s.account.Host())
	}
	return fmt.Errorf("%s can't be reached: %w", s.account.Host(), rootOf(err))
}

// authentication tells a wrong clock from a wrong key: the service's answer carries its time.
func (s *shares) authentication(refused *azcore.ResponseError) string {
	if refused.RawResponse != nil {
		if there, err := http.ParseTime(refused.RawResponse.Header.Get("Date")); err == nil {
			if off := time.Since(there); off.Abs() > clockOffMax-time.Minute {
				return fmt.Sprintf("this machine's clock is wrong by %s; set it", off.Round(time.Minute)) // the header has whole seconds
			}
		}
	}
	return fmt.Sprintf("the service refuses the key of account %s: is it one of the account's two keys of today (az storage account keys list)? This machine's clock is right", s.account.Name)
}

// rootOf is the error that others were wrapped around.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
