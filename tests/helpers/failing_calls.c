/* Calls of the C library that fail, or kill the process, at their n-th use below some folders.

   To be loaded before the C library (LD_PRELOAD). Nothing is counted until fault_arm() is called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, WRITE, RENAME, FSYNC, FOLDER, REMOVE, ALLOCATION, CREATE, N_KINDS };
enum { N_FOLDERS = 4 };

static volatile int is_armed = 0;
static char folders[N_FOLDERS][PATH_MAX];
static long seen[N_KINDS];
static unsigned wanted_kinds;
static long first_failing, last_failing, seen_of_wanted;
static int error_number; /* 0 = kill the process */
static size_t least_bytes;
static volatile long failed;

void fault_folder(int place, const char *folder) { strncpy(folders[place], folder, PATH_MAX - 1); }

void fault_arm(unsigned kinds, long first, long last, int number, size_t least) {
    memset(seen, 0, sizeof seen);
    wanted_kinds = kinds, first_failing = first, last_failing = last;
    error_number = number, least_bytes = least, seen_of_wanted = failed = 0;
    is_armed = 1;
}

long fault_disarm(void) {
    is_armed = 0;
    return failed;
}

long fault_seen(int kind) { return seen[kind]; }

/* Count a call; give whether it has to fail. */
static int is_failing(int kind) {
    __sync_add_and_fetch(&seen[kind], 1);
    if (!(wanted_kinds & (1u << kind))) return 0;
    long number = __sync_add_and_fetch(&seen_of_wanted, 1);
    if (number < first_failing || number > last_failing) return 0;
    failed = number;
    if (!error_number) kill(getpid(), SIGKILL);
    errno = error_number;
    return 1;
}

static int is_below(const char *path) {
    for (int place = 0; place < N_FOLDERS; ++place) {
        size_t length = strlen(folders[place]);
        if (length && !strncmp(path, folders[place], length) &&
            (path[length] == '/' || path[length] == 0))
            return 1;
    }
    return 0;
}

static int is_open_below(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int is_at(int folder, const char *path) {
    if (path[0] == '/') return is_below(path);
    if (folder != AT_FDCWD) return is_open_below(folder);
    char here[PATH_MAX];
    return getcwd(here, sizeof here) && is_below(here);
}

static int fails_at(int kind, int folder, const char *path) {
    int before = errno;
    if (!is_armed || !is_at(folder, path)) return errno = before, 0;
    errno = before;
    return is_failing(kind);
}

static int fails_on(int kind, int descriptor) {
    int before = errno;
    if (!is_armed || !is_open_below(descriptor)) return errno = before, 0;
    errno = before;
    return is_failing(kind);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static mode_t mode_of(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

/* A full disk refuses new files only. */
static int opening(int flags) { return flags & O_CREAT ? CREATE : OPEN; }

#define OPENER(name)                                                 \
    int name(const char *path, int flags, ...) {                     \
        va_list more;                                                \
        va_start(more, flags);                                       \
        mode_t mode = mode_of(flags, more);                          \
        va_end(more);                                                \
        if (fails_at(opening(flags), AT_FDCWD, path)) return -1;               \
        return REAL(name)(path, flags, mode);                        \
    }
OPENER(open)
OPENER(open64)

#define OPENER_AT(name)                                              \
    int name(int folder, const char *path, int flags, ...) {         \
        va_list more;                                                \
        va_start(more, flags);                                       \
        mode_t mode = mode_of(flags, more);                          \
        va_end(more);                                                \
        if (fails_at(opening(flags), folder, path)) return -1;                 \
        return REAL(name)(folder, path, flags, mode);                \
    }
OPENER_AT(openat)
OPENER_AT(openat64)

FILE *fopen(const char *path, const char *mode) {
    return fails_at(OPEN, AT_FDCWD, path) ? NULL : REAL(fopen)(path, mode);
}
FILE *fopen64(const char *path, const char *mode) {
    return fails_at(OPEN, AT_FDCWD, path) ? NULL : REAL(fopen64)(path, mode);
}

ssize_t write(int file, const void *data, size_t n) {
    return fails_on(WRITE, file) ? -1 : REAL(write)(file, data, n);
}
ssize_t pwrite(int file, const void *data, size_t n, off_t place) {
    return fails_on(WRITE, file) ? -1 : REAL(pwrite)(file, data, n, place);
}
ssize_t pwrite64(int file, const void *data, size_t n, off64_t place) {
    return fails_on(WRITE, file) ? -1 : REAL(pwrite64)(file, data, n, place);
}
ssize_t writev(int file, const struct iovec *parts, int n) {
    return fails_on(WRITE, file) ? -1 : REAL(writev)(file, parts, n);
}
size_t fwrite(const void *data, size_t size, size_t n, FILE *stream) {
    return fails_on(WRITE, fileno(stream)) ? 0 : REAL(fwrite)(data, size, n, stream);
}
ssize_t sendfile(int to, int from, off_t *place, size_t n) {
    return fails_on(WRITE, to) ? -1 : REAL(sendfile)(to, from, place, n);
}
ssize_t sendfile64(int to, int from, off64_t *place, size_t n) {
    return fails_on(WRITE, to) ? -1 : REAL(sendfile64)(to, from, place, n);
}
int ftruncate(int file, off_t n) { return fails_on(WRITE, file) ? -1 : REAL(ftruncate)(file, n); }
int ftruncate64(int file, off64_t n) {
    return fails_on(WRITE, file) ? -1 : REAL(ftruncate64)(file, n);
}

int rename(const char *from, const char *to) {
    return fails_at(RENAME, AT_FDCWD, to) ? -1 : REAL(rename)(from, to);
}
int renameat(int here, const char *from, int there, const char *to) {
    return fails_at(RENAME, there, to) ? -1 : REAL(renameat)(here, from, there, to);
}
int link(const char *from, const char *to) {
    return fails_at(RENAME, AT_FDCWD, to) ? -1 : REAL(link)(from, to);
}
int linkat(int here, const char *from, int there, const char *to, int flags) {
    return fails_at(RENAME, there, to) ? -1 : REAL(linkat)(here, from, there, to, flags);
}
int symlink(const char *content, const char *path) {
    return fails_at(RENAME, AT_FDCWD, path) ? -1 : REAL(symlink)(content, path);
}

/* The disk itself is not asked: tests would wait for it a thousand times. */
int fsync(int file) {
    if (fails_on(FSYNC, file)) return -1;
    return is_armed ? 0 : REAL(fsync)(file);
}
int fdatasync(int file) {
    if (fails_on(FSYNC, file)) return -1;
    return is_armed ? 0 : REAL(fdatasync)(file);
}

int mkdir(const char *path, mode_t mode) {
    return fails_at(FOLDER, AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode);
}
int mkdirat(int folder, const char *path, mode_t mode) {
    return fails_at(FOLDER, folder, path) ? -1 : REAL(mkdirat)(folder, path, mode);
}
int unlink(const char *path) { return fails_at(REMOVE, AT_FDCWD, path) ? -1 : REAL(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) {
    return fails_at(REMOVE, folder, path) ? -1 : REAL(unlinkat)(folder, path, flags);
}
int rmdir(const char *path) { return fails_at(REMOVE, AT_FDCWD, path) ? -1 : REAL(rmdir)(path); }

/* Only large blocks: those of arrays. The interpreter's own small ones are no subject of ours. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static int is_refused(size_t bytes) {
    return is_armed && bytes >= least_bytes && is_failing(ALLOCATION);
}
void *malloc(size_t bytes) { return is_refused(bytes) ? NULL : __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) {
    return is_refused(n * bytes) ? NULL : __libc_calloc(n, bytes);
}
void *realloc(void *old, size_t bytes) {
    return is_refused(bytes) ? NULL : __libc_realloc(old, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
    return is_refused(bytes) ? NULL : __libc_memalign(alignment, bytes);
}
int posix_memalign(void **place, size_t alignment, size_t bytes) {
    if (is_refused(bytes)) return ENOMEM;
    *place = __libc_memalign(alignment, bytes);
    return *place ? 0 : ENOMEM;
}
