package web

import (
	"strings"
	"testing"
)

func TestLayersThatAreTooLargeTogether(t *testing.T) {
	half := maxLayerBytes/2 + 1
	err := validateLayers([]*Layer{{size: int64(half)}, {size: int64(half)}})
	if err == nil || !strings.Contains(err.Error(), "its layers have 262144002 bytes") {
		t.Errorf("got %v", err)
	}
	if err := validateLayers([]*Layer{{size: int64(half)}, {size: int64(half) - 2}}); err != nil {
		t.Errorf("of what Lambda takes: %v", err)
	}
}
