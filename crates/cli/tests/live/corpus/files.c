/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files: opening, data, vectors, attributes, locks, directories. */
#include "corpus.h"

#include <linux/openat2.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <utime.h>

static void vectors(int fd)
{
	char a[8] = "abc", b[64] = "a longer piece of text that -s cuts off somewhere", c[4];
	struct iovec out[3] = { { a, 3 }, { b, 50 }, { NULL, 0 } };
	struct iovec in[3] = { { c, 2 }, { a, 8 }, { b, 64 } };
	struct iovec bad[2] = { { a, 3 }, { BAD, 5 } };
	struct iovec many[40];

	SYS(writev, fd, out, 3);
	SYS(writev, fd, out, 0);
	SYS(writev, fd, NULL, 2);
	SYS(writev, fd, BAD, 2);
	SYS(writev, fd, bad, 2);
	SYS(writev, -1, out, 2);
	SYS(writev, fd, out, -1);
	SYS(lseek, fd, 0, SEEK_SET);
	SYS(readv, fd, in, 3);
	SYS(readv, fd, in, 3);
	SYS(readv, fd, in, 1);
	SYS(readv, -1, in, 3);
	SYS(pwritev, fd, out, 2, 5L, 0L);
	SYS(preadv, fd, in, 2, 1L, 0L);
	SYS(pwritev2, fd, out, 1, -1L, 0L, 0x10);
	SYS(preadv2, fd, in, 1, 7L, 0L, 1);
	for (int i = 0; i < 40; i++)
		many[i] = (struct iovec){ b + i, 1 };
	SYS(writev, fd, many, 40);
	SYS(process_vm_readv, getpid(), in, 2L, out, 2L, 0L);
	SYS(process_vm_writev, getpid(), out, 1L, in + 1, 1L, 0L);
	SYS(process_vm_readv, getpid(), bad, 2L, BAD, 2L, 0L);
}

static void attributes(int fd)
{
	struct timespec times[2] = { { 1000000000, 5 }, { 1700000000, 123456789 } };
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	struct timeval old[2] = { { 1000000000, 5 }, { 1700000000, 123456 } };
	struct utimbuf ut = { 1000000000, 1100000000 };
	struct stat st;
	struct statfs fs;
	struct statx sx;
	char value[64];

	SYS(fstat, fd, &st);
	SYS(stat, "data", &st);
	SYS(lstat, "link", &st);
	SYS(stat, "absent", &st);
	SYS(stat, BAD, &st);
	SYS(stat, "data", BAD);
	SYS(stat, "/dev/null", &st);
	SYS(newfstatat, AT_FDCWD, "data", &st, AT_SYMLINK_NOFOLLOW);
	SYS(newfstatat, fd, "", &st, AT_EMPTY_PATH);
	SYS(statx, AT_FDCWD, "data", AT_STATX_SYNC_AS_STAT | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx);
	SYS(statx, AT_FDCWD, "absent", 0, STATX_ALL, &sx);
	SYS(statx, AT_FDCWD, "/dev/null", 0, STATX_ALL | 0x1000, &sx);
	SYS(statfs, "/proc", &fs);
	SYS(fstatfs, fd, &fs);
	SYS(statfs, "absent", &fs);
	SYS(utimensat, AT_FDCWD, "data", times, 0);
	SYS(utimensat, AT_FDCWD, "data", now, AT_SYMLINK_NOFOLLOW);
	SYS(utimensat, fd, NULL, NULL, 0);
	SYS(utimensat, fd, NULL, BAD, 0);
	SYS(utimes, "data", old);
	SYS(futimesat, AT_FDCWD, "data", old);
	SYS(futimesat, fd, NULL, NULL);
	SYS(utime, "data", &ut);
	SYS(utime, "data", NULL);
	SYS(chmod, "data", 0640);
	SYS(fchmod, fd, 04755);
	SYS(fchmodat, AT_FDCWD, "data", 0600);
	SYS(chown, "data", -1, -1);
	SYS(fchown, fd, 0, 0);
	SYS(lchown, "link", 0, -1);
	SYS(fchownat, AT_FDCWD, "link", 0, 0, AT_SYMLINK_NOFOLLOW);
	SYS(setxattr, "data", "user.test", "value\1\2", 7L, XATTR_CREATE);
	SYS(setxattr, "data", "user.none", NULL, 0L, 0);
	SYS(fsetxattr, fd, "user.test", "other", 5L, XATTR_REPLACE);
	SYS(lsetxattr, "data", "user.t", "x", 1L, 0);
	SYS(getxattr, "data", "user.test", value, 64L);
	SYS(getxattr, "data", "user.test", NULL, 0L);
	SYS(getxattr, "data", "user.absent", value, 64L);
	SYS(lgetxattr, "data", "user.test", value, 1L);
	SYS(fgetxattr, fd, "user.test", value, 64L);
	SYS(listxattr, "data", value, 64L);
	SYS(llistxattr, "data", NULL, 0L);
	SYS(listxattr, "data", value, 0L);
	SYS(setxattr, "data", "user.long", value, 65537L, 0);
	SYS(flistxattr, fd, value, 64L);
	SYS(removexattr, "data", "user.test");
	SYS(lremovexattr, "data", "user.test");
	SYS(fremovexattr, fd, "user.test");
	SYS(faccessat, AT_FDCWD, "data", R_OK | X_OK);
	SYS(faccessat2, AT_FDCWD, "data", F_OK, AT_EACCESS);
	SYS(access, "data", W_OK);
	SYS(umask, 022);
	SYS(truncate, "data", 5L);
	SYS(ftruncate, fd, 0x100000000L);
	SYS(fallocate, fd, 3, 0L, 4096L);
	SYS(fadvise64, fd, 0L, 0L, POSIX_FADV_WILLNEED);
	SYS(readahead, fd, 0L, 4096L);
	SYS(sync_file_range, fd, 0L, 4096L, 7);
	SYS(flock, fd, LOCK_SH | LOCK_NB);
	SYS(flock, fd, LOCK_UN);
	SYS(fsync, fd);
	SYS(fdatasync, fd);
	SYS(syncfs, fd);
}

static void locks(int fd)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5 };
	struct f_owner_ex owner = { F_OWNER_PID, 0 };
	uint64_t hint = 2;
	int dup;

	SYS(fcntl, fd, F_SETLK, &fl);
	SYS(fcntl, fd, F_GETLK, &fl);
	fl.l_type = F_RDLCK;
	fl.l_pid = 0;
	SYS(fcntl, fd, F_OFD_SETLK, &fl);
	SYS(fcntl, fd, F_OFD_GETLK, &fl);
	fl.l_type = F_UNLCK;
	SYS(fcntl, fd, F_SETLKW, &fl);
	SYS(fcntl, fd, F_OFD_SETLKW, &fl);
	SYS(fcntl, fd, F_SETLK, BAD);
	SYS(fcntl, fd, F_GETLK, NULL);
	fl.l_type = 77;
	fl.l_whence = 9;
	SYS(fcntl, fd, F_SETLK, &fl);
	SYS(fcntl, fd, F_GETFD);
	SYS(fcntl, fd, F_SETFD, FD_CLOEXEC);
	SYS(fcntl, fd, F_GETFD);
	SYS(fcntl, fd, F_SETFD, 0);
	SYS(fcntl, fd, F_GETFL);
	SYS(fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK | O_APPEND);
	SYS(fcntl, fd, F_GETFL);
	SYS(fcntl, fd, F_GETOWN);
	SYS(fcntl, fd, F_SETOWN, 0);
	SYS(fcntl, fd, F_GETOWN_EX, &owner);
	SYS(fcntl, fd, F_SETOWN_EX, &owner);
	SYS(fcntl, fd, F_SETOWN_EX, BAD);
	SYS(fcntl, fd, F_SETSIG, 10);
	SYS(fcntl, fd, F_GETSIG);
	SYS(fcntl, fd, F_SETSIG, 0);
	SYS(fcntl, fd, F_SETLEASE, F_RDLCK);
	SYS(fcntl, fd, F_GETLEASE);
	SYS(fcntl, fd, F_NOTIFY, 0x80000002L);
	SYS(fcntl, fd, F_GET_RW_HINT, &hint);
	SYS(fcntl, fd, F_SET_RW_HINT, &hint);
	SYS(fcntl, fd, F_SET_FILE_RW_HINT, &hint);
	SYS(fcntl, fd, F_GET_SEALS);
	SYS(fcntl, fd, F_ADD_SEALS, 1);
	dup = SYS(fcntl, fd, F_DUPFD, 50);
	SYS(fcntl, fd, F_DUPFD_CLOEXEC, 60);
	SYS(fcntl, -1, F_GETFD);
	SYS(fcntl, fd, 4444, 17L);
	SYS(dup, fd);
	SYS(dup2, fd, dup);
	SYS(dup3, fd, 70, O_CLOEXEC);
	SYS(close, dup);
	SYS(close, -1);
}

static void directories(void)
{
	char buf[4096];
	int dir, i;

	SYS(mkdir, "dir", 0755);
	SYS(mkdirat, AT_FDCWD, "dir", 0700);
	for (i = 0; i < 12; i++) {
		snprintf(buf, sizeof(buf), "dir/file-%d", i);
		dir = SYS(creat, buf, 0644);
		SYS(close, dir);
	}
	SYS(symlink, "target", "dir/link");
	SYS(symlinkat, "target", AT_FDCWD, "dir/link2");
	SYS(mknod, "dir/fifo", S_IFIFO | 0644, 0);
	SYS(mknodat, AT_FDCWD, "dir/dev", S_IFCHR | 0644, 0x103);
	dir = SYS(openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SYS(getdents64, dir, buf, sizeof(buf));
	SYS(getdents64, dir, buf, sizeof(buf));
	SYS(getdents64, dir, BAD, sizeof(buf));
	SYS(getdents64, -1, buf, sizeof(buf));
	SYS(lseek, dir, 0L, SEEK_SET);
	SYS(getdents, dir, buf, sizeof(buf));
	SYS(getdents, dir, buf, sizeof(buf));
	SYS(lseek, dir, 0L, SEEK_SET);
	SYS(getdents64, dir, buf, 16);
	SYS(readlink, "dir/link", buf, sizeof(buf));
	SYS(readlinkat, dir, "link", buf, 3L);
	SYS(readlink, "dir/file-1", buf, sizeof(buf));
	SYS(getcwd, buf, sizeof(buf));
	SYS(getcwd, buf, 1L);
	SYS(rename, "dir/file-1", "dir/file-a");
	SYS(renameat, dir, "file-2", dir, "file-b");
	SYS(renameat2, dir, "file-3", AT_FDCWD, "dir/file-4", 1);
	SYS(link, "dir/file-4", "dir/hard");
	SYS(linkat, dir, "file-4", AT_FDCWD, "dir/hard2", AT_SYMLINK_FOLLOW);
	SYS(unlink, "dir/hard");
	SYS(unlinkat, dir, "hard2", 0);
	SYS(unlinkat, AT_FDCWD, "dir", AT_REMOVEDIR);
	SYS(rmdir, "dir");
	SYS(fchdir, dir);
	SYS(chdir, "..");
	SYS(chdir, BAD);
	SYS(close, dir);
}

int main(void)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0600, .resolve = RESOLVE_BENEATH };
	long off = 2, off2 = 3;
	char buf[100];
	int fd, two, p[2];

	fd = SYS(openat, AT_FDCWD, "data", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	SYS(open, "absent", O_RDONLY);
	SYS(open, BAD, O_RDONLY | O_NOFOLLOW | O_PATH);
	SYS(open, "/tmp", O_TMPFILE | O_WRONLY, 0600);
	two = SYS(openat2, AT_FDCWD, "second", &how, sizeof(how));
	SYS(openat2, AT_FDCWD, "second", &how, 8);
	SYS(openat2, AT_FDCWD, "second", BAD, sizeof(how));
	how.mode = 0;
	SYS(openat2, AT_FDCWD, "second", &how, 100);
	SYS(symlink, "data", "link");
	SYS(write, fd, "hello, world\n", 13L);
	SYS(write, fd, "text of more than thirty-two bytes, which is cut off\n", 53L);
	SYS(write, fd, "\0\1\2\177\200\377 \"quoted\" \\ \t\n\v\f\r\033[1m", 31L);
	SYS(write, fd, BAD, 5L);
	SYS(write, fd, NULL, 0L);
	SYS(write, -1, "x", 1L);
	SYS(lseek, fd, 0, SEEK_SET);
	SYS(lseek, fd, -1L, SEEK_END);
	SYS(lseek, fd, 0, 77);
	SYS(lseek, fd, 0, SEEK_SET);
	SYS(read, fd, buf, 13L);
	SYS(read, fd, buf, 100L);
	SYS(read, fd, buf, 100L);
	SYS(read, fd, BAD, 5L);
	SYS(read, fd, BAD, 0L);
	SYS(pread64, fd, buf, 20L, 7L);
	SYS(pwrite64, fd, "patch", 5L, 3L);
	SYS(sendfile, two, fd, &off, 20L);
	SYS(sendfile, two, fd, NULL, 20L);
	SYS(sendfile, two, fd, BAD, 20L);
	SYS(copy_file_range, fd, &off, two, &off2, 10L, 0);
	SYS(copy_file_range, fd, &off, two, NULL, 10L, 0);
	SYS(pipe, p);
	SYS(pipe2, p, O_CLOEXEC | O_NONBLOCK);
	SYS(pipe2, BAD, 0);
	off = 1;
	SYS(splice, fd, &off, p[1], NULL, 10L, SPLICE_F_MOVE);
	SYS(splice, p[0], NULL, two, &off2, 10L, SPLICE_F_NONBLOCK);
	SYS(splice, p[0], NULL, two, &off2, 10L, SPLICE_F_NONBLOCK);
	SYS(tee, p[0], p[1], 10L, 0);
	{
		struct iovec v = { "vmspliced", 9 };
		SYS(vmsplice, p[1], &v, 1L, 0);
	}
	vectors(fd);
	attributes(fd);
	locks(fd);
	directories();
	return 0;
}
