package access

import "golang.org/x/sys/unix"

// takesFiles returns the error of a file system that the kernel makes up, in which
// not even root can create files, although access(2) allows it.
func takesFiles(folder string) error {
	var found unix.Statfs_t
	if err := unix.Statfs(folder, &found); err != nil {
		return nil //nolint:nilerr // it is not known, so the attempt decides
	}
	switch found.Type {
	case unix.PROC_SUPER_MAGIC:
		return unix.ENOENT
	case unix.SYSFS_MAGIC, unix.CGROUP2_SUPER_MAGIC:
		return unix.EACCES
	}
	return nil
}
