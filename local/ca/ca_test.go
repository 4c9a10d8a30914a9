package ca

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, folder string, now time.Time) *Authority {
	t.Helper()
	a, err := Open(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func leaf(t *testing.T, a *Authority, now time.Time, names ...string) *x509.Certificate {
	t.Helper()
	certificate, err := a.Leaf(names, now)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.Leaf
}

func TestABrowserThatTrustsTheAuthorityIsServed(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "ca"), time.Now())
	certificate, err := a.Leaf([]string{"localhost", "console.localhost", "www.dev.example.com.localhost", "api.dev.example.com.localhost"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()

	trusted, err := os.ReadFile(a.File)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(trusted) {
		t.Fatal("the authority's file holds no certificate")
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for host, served := range map[string]bool{
		"www.dev.example.com.localhost": true,
		"api.dev.example.com.localhost": true,
		"localhost":                     true,
		"console.localhost":             true,
		"127.0.0.1":                     true,
		"other.example.com.localhost":   false,
		"www.dev.example.com":           false,
	} {
		response, err := client.Get("https://" + host + "/")
		if err == nil {
			_ = response.Body.Close()
		}
		if (err == nil) != served {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestTheAuthorityIsMadeOnceAndKept(t *testing.T) {
	folder, now := filepath.Join(t.TempDir(), ".local", "ca"), time.Now()
	first := open(t, folder, now)
	again := open(t, folder, now.Add(8*365*24*time.Hour))
	if !bytes.Equal(first.certificate.Raw, again.certificate.Raw) {
		t.Error("a second start made another authority")
	}
	late := open(t, folder, now.Add(9*365*24*time.Hour))
	if bytes.Equal(first.certificate.Raw, late.certificate.Raw) {
		t.Error("an authority that ends before its certificates was kept")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
	}
	if len(entries) != 2 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestTheAuthorityIsGoodForThisMachineOnly(t *testing.T) {
	a := open(t, t.TempDir(), time.Now())
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	for name, valid := range map[string]bool{"www.dev.example.com.localhost": true, "www.example.com": false} {
		certificate, err := a.Leaf([]string{name}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = certificate.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != valid {
			t.Errorf("a certificate for %s: %v", name, err)
		}
	}
}

func TestTheCertificateIsKeptWhileItServes(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	a := open(t, folder, now)
	first := leaf(t, a, now, "www.dev.example.com.localhost")
	if life := first.NotAfter.Sub(first.NotBefore); life > 398*24*time.Hour {
		t.Errorf("it is valid for %v, which browsers refuse", life)
	}
	for name, c := range map[string]struct {
		now   time.Time
		names []string
		kept  bool
	}{
		"at the next start":      {now.Add(time.Hour), []string{"www.dev.example.com.localhost"}, true},
		"for another host":       {now, []string{"www.dev.example.com.localhost", "api.dev.example.com.localhost"}, false},
		"near its end":           {now.Add(leafLife - leafRenewal), []string{"www.dev.example.com.localhost"}, false},
		"before it is valid":     {now.Add(-2 * time.Hour), []string{"www.dev.example.com.localhost"}, false},
		"under a new authority":  {now, []string{"www.dev.example.com.localhost"}, false},
		"after it was corrupted": {now, []string{"www.dev.example.com.localhost"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			a := open(t, folder, now)
			first := leaf(t, a, now, "www.dev.example.com.localhost")
			switch name {
			case "under a new authority":
				for _, file := range []string{"annex-local-ca.pem", "annex-local-ca-key.pem"} {
					if err := os.Remove(filepath.Join(folder, file)); err != nil {
						t.Fatal(err)
					}
				}
				a = open(t, folder, now)
			case "after it was corrupted":
				if err := os.WriteFile(filepath.Join(folder, "annex-local.pem"), []byte("-----BEGIN"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			again := leaf(t, a, c.now, c.names...)
			if kept := bytes.Equal(first.Raw, again.Raw); kept != c.kept {
				t.Errorf("kept: %v, want %v", kept, c.kept)
			}
		})
	}
}

func TestFilesThatCannotBeReadSayWhatToDo(t *testing.T) {
	folder := t.TempDir()
	open(t, folder, time.Now())
	for _, file := range []string{"annex-local-ca.pem", "annex-local-ca-key.pem"} {
		path := filepath.Join(folder, file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 20); err != nil {
			t.Fatal(err)
		}
		_, err = Open(folder, time.Now())
		if err == nil || !strings.Contains(err.Error(), "remove "+folder) {
			t.Errorf("%s, cut short, gives %v", file, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, folder, time.Now())

	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(blocked, "ca"), time.Now()); err == nil || !strings.Contains(err.Error(), "certificate authority") {
		t.Errorf("a folder that cannot be made gives %v", err)
	}
}
