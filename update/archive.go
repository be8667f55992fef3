package update

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Bounds on an archive of rules.
const (
	maxArchive  = 16 << 20 // compressed
	maxUnpacked = 64 << 20
	maxFiles    = 1000
)

// versionFile names the file that holds the version of a directory of rules, one whole number.
const versionFile = "VERSION"

// unpack writes the files of a compressed tar archive into a directory. It may hold nothing but files of rules, without
// directories, and their version.
func unpack(archive []byte, dir string) error {
	unzip, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("not an archive compressed by gzip: %w", err)
	}
	left := int64(maxUnpacked)
	files := tar.NewReader(unzip)
	for n := 0; ; n++ {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("damaged archive: %w", err)
		}
		if err := acceptable(h, n, left); err != nil {
			return err
		}
		left -= h.Size
		content, err := io.ReadAll(files)
		if err != nil {
			return fmt.Errorf("damaged archive: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, strings.TrimPrefix(h.Name, "./")), content, 0o644); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(unzip, maxUnpacked)); err != nil { // to its checksum
		return fmt.Errorf("damaged archive: %w", err)
	}
	return nil
}

func acceptable(h *tar.Header, n int, left int64) error {
	name := strings.TrimPrefix(h.Name, "./")
	switch {
	case n >= maxFiles || h.Size > left:
		return errors.New("archive is too large")
	case h.Typeflag != tar.TypeReg || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, "."):
		return fmt.Errorf("archive has %q, which is not a regular file at its top level", h.Name)
	case name != versionFile && !strings.HasSuffix(name, ".cf") && !strings.HasSuffix(name, ".pre"):
		return fmt.Errorf("archive has %q, which is not a rule file", h.Name)
	}
	return nil
}

// version returns the version of a directory of rules; an error if it has none.
func version(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, versionFile))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s: not a whole number above 0", filepath.Join(dir, versionFile))
	}
	return n, nil
}
