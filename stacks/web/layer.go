package web

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
)

// What a function may have of layers (Lambda quotas: "Function layers", and
// "Deployment package (.zip file archive) size", unzipped, of all of them and the
// function's own).
const (
	maxLayers     = 5
	maxLayerBytes = 250 << 20
)

// LayerProps describe a layer.
type LayerProps struct {
	// Folder holds the layer's files, relative to the root of the repository:
	// "lambdas/layers/words". Functions find them below /opt. Hidden files and
	// editors' backups are not among them. Required.
	Folder string
}

// Layer is a folder of files that functions have below /opt: data that several
// share, or that changes without their code.
type Layer struct {
	// Version is the layer's version that the stack's functions have. A change of
	// the folder makes another one, and so a new version of each function that
	// has the layer, which is released as any.
	Version awslambda.LayerVersion

	id     string
	folder string
	files  []string
	size   int64 // of the files, in bytes
}

// NewLayer defines a layer. The same files make the same version of it on every
// machine.
func NewLayer(scope constructs.Construct, id string, props *LayerProps) *Layer {
	files, size, err := layerFiles(props.Folder)
	// What an earlier synth made of the folder is overwritten.
	archive := filepath.Join("build", filepath.FromSlash(props.Folder)+".zip")
	if err == nil {
		err = bundle.Archive(archive, props.Folder)
	}
	if err != nil {
		panic(&Error{"layer", id, err})
	}
	return &Layer{
		Version: awslambda.NewLayerVersion(scope, jsii.String(id), &awslambda.LayerVersionProps{
			Code:                    awslambda.Code_FromAsset(jsii.String(archive), nil),
			CompatibleRuntimes:      &[]awslambda.Runtime{awslambda.Runtime_PROVIDED_AL2023()},
			CompatibleArchitectures: &[]awslambda.Architecture{awslambda.Architecture_ARM_64()},
			// Kept with the functions' versions that have it. They would run without,
			// but nobody could look any more at what they ran with.
			RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
		}),
		id: id, folder: props.Folder, files: files, size: size,
	}
}

// layerFiles are the files of a layer's folder, and how many bytes they have.
func layerFiles(folder string) (files []string, size int64, err error) {
	if !filepath.IsLocal(folder) || filepath.ToSlash(filepath.Clean(folder)) == "." {
		return nil, 0, fmt.Errorf(`folder %q: want one of the repository, such as "lambdas/layers/words"`, folder)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, 0, fmt.Errorf("folder %q: there is no such folder in the repository: make it, with the layer's files, or mend the name", folder)
	}
	if files, err = bundle.Files(folder); err != nil {
		return nil, 0, err
	}
	if len(files) == 0 {
		return nil, 0, fmt.Errorf("folder %q has no files: want what functions are to have below /opt", folder)
	}
	for _, file := range files {
		info, err := os.Stat(filepath.Join(folder, filepath.FromSlash(file)))
		if err != nil {
			return nil, 0, err
		}
		size += info.Size()
	}
	if size > maxLayerBytes {
		return nil, 0, fmt.Errorf("folder %q has %s", folder, tooLarge(size))
	}
	return files, size, nil
}

func tooLarge(size int64) string {
	return fmt.Sprintf("%d bytes: Lambda takes %d of a function and its layers together; put what is larger into a bucket", size, maxLayerBytes)
}

// Path is where a function that has the layer finds one of its files, which is
// named relative to the layer's folder. Give it to the handler in an environment
// variable: a handler that knew the path would not find the file on a developer's
// machine, where the variable leads to it.
func (l *Layer) Path(file string) string {
	if !slices.Contains(l.files, file) {
		panic(&Error{"layer", l.id, fmt.Errorf("%s has no file %q: want one of %s", l.folder, file, strings.Join(l.files, ", "))})
	}
	return "/opt/" + file
}

func validateLayers(layers []*Layer) error {
	if len(layers) > maxLayers {
		return fmt.Errorf("%d layers: a function has %d at most", len(layers), maxLayers)
	}
	var size int64
	for i, layer := range layers {
		if layer == nil || slices.Contains(layers[:i], layer) {
			return errors.New("layers: want each of them once, and none that is nil")
		}
		size += layer.size
	}
	if size > maxLayerBytes {
		return errors.New("its layers have " + tooLarge(size))
	}
	return nil
}

func layerVersions(layers []*Layer) *[]awslambda.ILayerVersion {
	if len(layers) == 0 {
		return nil
	}
	versions := make([]awslambda.ILayerVersion, len(layers))
	for i, layer := range layers {
		versions[i] = layer.Version
	}
	return &versions
}
