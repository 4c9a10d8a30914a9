package objects

import (
	"crypto/md5" //nolint:gosec // an ETag is an MD5
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	objectExtension = ".object"
	partExtension   = ".part" // an object that is being written
)

// object is the metadata of an object. It never changes: a new version of the
// object has its own.
type object struct {
	Key       string
	Version   string `json:",omitempty"` // empty where it was written before there were any
	Size      int64
	MD5       []byte
	CRC64NVME string // base64, as in x-amz-checksum-crc64nvme
	Modified  time.Time
	Headers   map[string]string // Content-Type, X-Amz-Meta-…
}

// The end of an object's file: its metadata as JSON, and the metadata's
// length in trailerSize bytes, big-endian.
const (
	trailerSize     = 4
	maxMetadataSize = 1 << 20
)

// write writes content and metadata to a new file beside the objects of the
// folder, completing o, and returns the file's name.
func (o *object) write(folder string, content io.Reader) (path string, err error) {
	file, err := os.CreateTemp(folder, "*"+partExtension)
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	digest := md5.New() //nolint:gosec // as above
	checksum := crc64.New(crc64.MakeTable(crc64NVME))
	if o.Size, err = io.Copy(io.MultiWriter(file, digest, checksum), content); err != nil {
		return "", err
	}
	o.MD5 = digest.Sum(nil)
	o.CRC64NVME = base64.StdEncoding.EncodeToString(checksum.Sum(nil))
	metadata, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	metadata = binary.BigEndian.AppendUint32(metadata, uint32(len(metadata))) //nolint:gosec // headers are below 8 KB
	if _, err := file.Write(metadata); err != nil {
		return "", err
	}
	return file.Name(), nil
}

// crc64NVME is the polynomial of CRC-64/NVME, reversed as crc64 wants it. It
// is the checksum that S3 makes of every object, and that SDKs check.
const crc64NVME = 0x9a6c9329ac4bc9b5

// readObject reads the metadata of the object in a file.
func readObject(path string) (*object, error) {
	file, err := os.Open(path) //nolint:gosec // a file of the store
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	damaged := fmt.Errorf("%s is damaged: remove it, or run `make clean-data`", path)
	length := make([]byte, trailerSize)
	if _, err := file.ReadAt(length, max(info.Size()-trailerSize, 0)); err != nil {
		return nil, errors.Join(damaged, err)
	}
	size := int64(binary.BigEndian.Uint32(length))
	if size > maxMetadataSize || size > info.Size()-trailerSize {
		return nil, damaged
	}
	metadata := make([]byte, size)
	if _, err := file.ReadAt(metadata, info.Size()-trailerSize-size); err != nil {
		return nil, errors.Join(damaged, err)
	}
	o := &object{}
	if err := json.Unmarshal(metadata, o); err != nil {
		return nil, errors.Join(damaged, err)
	}
	if o.Size != info.Size()-trailerSize-size || len(o.MD5) != md5.Size || filepath.Base(path) != fileName(o.Key) {
		return nil, damaged
	}
	return o, nil
}
