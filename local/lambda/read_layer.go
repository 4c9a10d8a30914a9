package lambda

import (
	"fmt"

	"annex/local/assembly"
)

// readLayers finds the archives of the assembly's layers, by what functions
// name them by.
func readLayers(a *assembly.Assembly) (map[string]string, []assembly.Notice, error) {
	layers := map[string]string{}
	var notices assembly.Notices
	for _, r := range a.Resources("AWS::Lambda::LayerVersion") {
		var p struct {
			Content struct {
				S3Bucket        any // where a deployment uploads it
				S3Key           string
				S3ObjectVersion any
			}
			// There is one system here, and functions on it alone.
			CompatibleArchitectures, CompatibleRuntimes, Description, LayerName, LicenseInfo any
		}
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		archive, err := a.Asset(r.Stack, p.Content.S3Key)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: Content: %w", r, err)
		}
		layers[r.Ref()] = archive
	}
	return layers, notices, nil
}
