package damaged_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"asterism/store"
	"asterism/test/e2e"
)

// disk is a file system of the test's own (FUSE), which hands on a directory's files until it breaks: then reading,
// writing and syncing files gives EIO, and what the system has cached of them is gone.
type disk struct {
	at             string // where it is mounted
	noRead, noSave atomic.Bool
	full           atomic.Bool // writing gives ENOSPC instead
	mu             sync.Mutex
	opened         []*fs.Inode
}

// mountDisk mounts one, as root.
func mountDisk(t *testing.T) *disk {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Getuid() != 0 {
		t.Skipf("a file system of the test's own takes root and /dev/fuse: %v", err)
	}
	d := &disk{at: e2e.Dir(t)}
	root := &fs.LoopbackRoot{Path: e2e.Dir(t)}
	root.RootNode = &node{LoopbackNode: &fs.LoopbackNode{RootData: root}, disk: d}
	server, err := fs.Mount(d.at, root.RootNode, &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true}})
	if err != nil {
		t.Skipf("no file system of the test's own can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
		server.Wait()
	})
	return d
}

// breaks has the disk fail.
func (d *disk) breaks(noRead, noSave bool) {
	d.noRead.Store(noRead)
	d.noSave.Store(noSave)
	d.mu.Lock()
	defer d.mu.Unlock()
	if noRead {
		for _, f := range d.opened {
			f.NotifyContent(0, 0)
		}
	}
}

// node is a file or a directory.
type node struct {
	*fs.LoopbackNode
	disk *disk
}

// WrapChild makes the disk's nodes of those below it.
func (n *node) WrapChild(_ context.Context, below fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{below.(*fs.LoopbackNode), n.disk}
}

// file is an open file, without the short cuts that the system would take to the one below it.
type file struct{ below fs.FileHandle }

func (n *node) open(f fs.FileHandle, in *fs.Inode) fs.FileHandle {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	n.disk.opened = append(n.disk.opened, in)
	return &file{f}
}

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	f, with, err := n.LoopbackNode.Open(ctx, flags)
	if err != fs.OK {
		return nil, 0, err
	}
	return n.open(f, n.EmbeddedInode()), with, fs.OK
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode,
	fs.FileHandle, uint32, syscall.Errno) {
	in, f, with, err := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	if err != fs.OK {
		return nil, nil, 0, err
	}
	return in, n.open(f, in), with, fs.OK
}

func (n *node) Read(ctx context.Context, f fs.FileHandle, to []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	if n.disk.noRead.Load() {
		return nil, syscall.EIO
	}
	return f.(*file).below.(fs.FileReader).Read(ctx, to, at)
}

func (n *node) Write(ctx context.Context, f fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	if n.disk.noSave.Load() {
		return 0, syscall.EIO
	}
	if n.disk.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.(*file).below.(fs.FileWriter).Write(ctx, data, at)
}

func (n *node) Fsync(ctx context.Context, f fs.FileHandle, flags uint32) syscall.Errno {
	if n.disk.noSave.Load() {
		return syscall.EIO
	}
	if f, ok := f.(*file); ok { // no directory
		return f.below.(fs.FileFsyncer).Fsync(ctx, flags)
	}
	return fs.OK
}

func (n *node) Flush(ctx context.Context, f fs.FileHandle) syscall.Errno {
	return f.(*file).below.(fs.FileFlusher).Flush(ctx)
}

func (n *node) Release(ctx context.Context, f fs.FileHandle) syscall.Errno {
	return f.(*file).below.(fs.FileReleaser).Release(ctx)
}

func (n *node) Getattr(ctx context.Context, f fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	return n.LoopbackNode.Getattr(ctx, below(f), out)
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.LoopbackNode.Setattr(ctx, below(f), in, out)
}

// below returns the file below; nil where none is open.
func below(f fs.FileHandle) fs.FileHandle {
	if f, ok := f.(*file); ok {
		return f.below
	}
	return nil
}

// TestBrokenDisk: where the disk gives EIO it is with the store as with a damaged file.
func TestBrokenDisk(t *testing.T) {
	for name, c := range map[string]struct{ noRead, noSave bool }{
		"reading": {noRead: true}, "writing": {noSave: true}, "both": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := mountDisk(t)
			damageAt(t, d.at+"/bayes", func(*testing.T, string, string) { d.breaks(c.noRead, c.noSave) })
		})
	}
}

// TestFullDisk: a lesson that has no room is refused with the reason. Taught again when there is room, it is learned
// and
// survives a crash. Scans go on meanwhile.
func TestFullDisk(t *testing.T) {
	d := mountDisk(t)
	path := d.at + "/bayes"
	s := e2e.StartSpamd(t, "local_tests_only 1\nbayes_auto_learn 0\nbayes_min_ham_num 5\nbayes_min_spam_num 5\n",
		"--bayes-path", path)
	s.Store, s.Control = path, "unix:"+path+".sock"
	client := s.Client(t)
	teach(t, client, 0, 10)
	d.full.Store(true)
	for range 2 {
		for i := range 3 {
			within(t, "a lesson", func() {
				_, err := client.Learn(t.Context(), []byte(letter(store.Spam, 100+i)), store.Spam)
				if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), path) {
					t.Errorf("a lesson without room: %v", err)
				}
			})
		}
	}
	if r, err := client.Check(t.Context(), []byte(letter(store.Spam, 200))); err != nil || r.Bayes < 0.5 {
		t.Errorf("a scan: %+v, %v", r, err)
	}
	d.full.Store(false)
	for i := range 3 {
		if _, err := client.Learn(t.Context(), []byte(letter(store.Spam, 100+i)), store.Spam); err != nil {
			t.Errorf("with room again: %v", err)
		}
	}
	s.Kill(t)
	s.Restart(t)
	if totals, err := client.Totals(t.Context()); err != nil || totals.Spam != 13 || totals.Ham != 10 {
		t.Errorf("after the crash there are %+v, %v; want 13 spam, 10 ham", totals, err)
	}
}
