package cognito

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// KeyFolder is the folder of the key, in that of local mode's state.
const KeyFolder = "cognito"

// Key is what tokens are signed with.
type Key struct{ private, public jwk.Key }

// OpenKey reads the key in the folder, or makes one where there is none: it is
// kept, so that a token is good for a runner that was started again.
func OpenKey(folder string) (*Key, error) {
	file := filepath.Join(folder, "annex-local-signing-key.pem")
	text, err := os.ReadFile(file) //nolint:gosec // a file of the state folder
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKey(folder, file)
	}
	var key *Key
	if err == nil {
		key, err = parseKey(text)
	}
	if err != nil {
		return nil, fmt.Errorf("the key that signs local tokens: %w: remove %s to have a new one made", err, file)
	}
	return key, nil
}

// makeKey writes a new key to the file, all of it or nothing, unless somebody
// else was quicker, and gives what is there then.
func makeKey(folder, file string) ([]byte, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	temporary, err := os.CreateTemp(folder, "key.*") // with mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // what is left of it is in no one's way
	err = pem.Encode(temporary, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, temporary.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(temporary.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // a file of the state folder
}

func parseKey(text []byte) (*Key, error) {
	private, err := jwk.ParseKey(text, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	if _, ok := private.(jwk.RSAPrivateKey); !ok {
		return nil, errors.New("it is not an RSA key")
	}
	if err := jwk.AssignKeyID(private); err != nil {
		return nil, err
	}
	err = errors.Join(private.Set(jwk.AlgorithmKey, jwa.RS256()), private.Set(jwk.KeyUsageKey, jwk.ForSignature))
	if err != nil {
		return nil, err
	}
	public, err := jwk.PublicKeyOf(private)
	if err != nil {
		return nil, err
	}
	return &Key{private: private, public: public}, nil
}

// set is the public key as an issuer publishes it.
func (k *Key) set() (jwk.Set, error) {
	set := jwk.NewSet()
	return set, set.AddKey(k.public)
}
