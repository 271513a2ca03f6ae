/* One operation of a process, done by the process itself. */
struct operation { char name[16]; long a, b, c, d, e; };
/* `result` -1 with `error`; `fault` 1 when a signal stopped it; `skipped` 1 when it was not done. */
struct answer { long result; int error, fault, skipped; long faults; int pid; };

static int named(const struct operation *o, const char *name) { return !strcmp(o->name, name); }

static sigjmp_buf on_signal;
static void jump_back(int signal) { (void)signal; siglongjmp(on_signal, 1); }

static int pipe_ends[2], device_ends[2];

/* Faults of this process so far. The structure has a page of its own that is never copied while
 * one counts. */
static long faults_so_far(void) {
  static struct { struct rusage usage; char rest[PAGE - sizeof(struct rusage)]; } page
      __attribute__((aligned(4096)));
  *(volatile char *)&page = 0;
  getrusage(RUSAGE_SELF, &page.usage);
  getrusage(RUSAGE_SELF, &page.usage);
  return page.usage.ru_minflt + page.usage.ru_majflt;
}

static int is_free(long from, long to) {
  unsigned char in_memory;
  for (long p = from; p < to; p++)
    if (mincore(AT(p), PAGE, &in_memory) == 0) return 0;
  errno = 0;
  return 1;
}

static long map_pages(const struct operation *o) {
  int where = o->d ? MAP_FIXED : MAP_FIXED_NOREPLACE;
  int permission = PROT_READ | (o->c ? PROT_WRITE : 0);
  void *at = mmap(AT(o->a), LENGTH(o->a, o->b), permission,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | where, -1, 0);
  return at == MAP_FAILED ? -1 : 0;
}

/* a, b: the old range; c: the new length in pages; d: where to, or -1. What is there is replaced by
 * `mremapOver`. */
static long move_pages_to(const struct operation *o, struct answer *r) {
  unsigned long old = LENGTH(o->a, o->b), new = (unsigned long)o->c * scale * PAGE;
  if (o->d < 0) return mremap(AT(o->a), old, new, 0) == MAP_FAILED ? -1 : 0;
  if (named(o, "mremap") && !is_free(o->d, o->d + o->c)) {
    r->skipped = 1;
    return 0;
  }
  int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
  return mremap(AT(o->a), old, new, flags, AT(o->d)) == MAP_FAILED ? -1 : 0;
}

/* A missing page is filled through userfaultfd, which is switched on for this page alone and off
 * again. */
static long fill_page(const struct operation *o) {
  static char content[512 * PAGE] __attribute__((aligned(4096)));
  int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
  if (fd < 0) return -1;
  struct uffdio_api api = {.api = UFFD_API};
  struct uffdio_range range = {(uintptr_t)AT(o->a), LENGTH(0, 1)};
  struct uffdio_register reg = {.range = range, .mode = UFFDIO_REGISTER_MODE_MISSING};
  struct uffdio_copy copy = {range.start, (uintptr_t)content, range.len, 0, 0};
  for (int i = 0; i < scale; i++) *(long *)(content + i * PAGE) = o->d;
  long done = ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg) ||
                      ioctl(fd, UFFDIO_COPY, &copy)
                  ? -1
                  : 0;
  int error = errno;
  ioctl(fd, UFFDIO_UNREGISTER, &range);
  close(fd);
  errno = error;
  return done;
}

/* A page is lent to a device: a buffer registered with io_uring, into which the kernel copies what
 * it reads from a pipe, by the page's frame and through no page table. */
static struct { int fd; char *submissions; struct io_uring_sqe *entries; struct io_uring_params p; } ring;
static long pin_page(const struct operation *o) {
  if (!ring.fd) {
    ring.fd = syscall(SYS_io_uring_setup, 4, &ring.p);
    if (ring.fd < 0) return ring.fd = 0, -1;
    ring.submissions = mmap(0, ring.p.sq_off.array + ring.p.sq_entries * 4, 3, MAP_SHARED, ring.fd,
                            IORING_OFF_SQ_RING);
    ring.entries = mmap(0, ring.p.sq_entries * sizeof *ring.entries, 3, MAP_SHARED, ring.fd,
                        IORING_OFF_SQES);
  }
  struct iovec buffer = {AT(o->a), PAGE};
  return syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1) < 0 ? -1 : 0;
}
static long unpin_page(void) {
  return syscall(SYS_io_uring_register, ring.fd, IORING_UNREGISTER_BUFFERS, 0, 0) < 0 ? -1 : 0;
}
static char *lent_page;
static long device_write(const struct operation *o) {
  long value = o->d;
  if (write(device_ends[1], &value, 8) != 8) return -1;
  unsigned tail = *(unsigned *)(ring.submissions + ring.p.sq_off.tail);
  unsigned slot = tail & *(unsigned *)(ring.submissions + ring.p.sq_off.ring_mask);
  struct io_uring_sqe *entry = ring.entries + slot;
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_READ_FIXED;
  entry->fd = device_ends[0];
  entry->addr = (uintptr_t)lent_page;
  entry->len = 8;
  *(unsigned *)(ring.submissions + ring.p.sq_off.array + 4 * slot) = slot;
  __atomic_store_n((unsigned *)(ring.submissions + ring.p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
  return syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) == 1 ? 0 : -1;
}

/* Is a page one that ksmd has merged? */
static int is_merged(int page) {
  uint64_t entry = 0, flags = 0;
  int map = open("/proc/self/pagemap", O_RDONLY), all = open("/proc/kpageflags", O_RDONLY);
  pread(map, &entry, 8, (uintptr_t)AT(page) / PAGE * 8);
  if (entry >> 63) pread(all, &flags, 8, (entry & ((1UL << 55) - 1)) * 8);
  close(map);
  close(all);
  return flags >> 21 & 1;
}

/* Two equal pages are offered to ksmd, which then looks at all that is offered three times. What it
 * has not merged is not offered any longer, and a second pair is not offered at all: ksmd would
 * merge pages of both. */
static long merge_pages(const struct operation *o, struct answer *r) {
  for (int page = 0; page < pages; page++) r->skipped |= is_merged(page);
  if (r->skipped) return 0;
  if (madvise(AT(o->a), LENGTH(0, 1), MADV_MERGEABLE)) return -1;
  if (madvise(AT(o->b), LENGTH(0, 1), MADV_MERGEABLE)) return -1;
  put("/sys/kernel/mm/ksm/pages_to_scan", "10000");
  put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
  long before = number_in("/sys/kernel/mm/ksm/full_scans");
  put("/sys/kernel/mm/ksm/run", "1");
  for (int i = 0; i < 2000 && number_in("/sys/kernel/mm/ksm/full_scans") < before + 4; i++) sleep_ms(1);
  put("/sys/kernel/mm/ksm/run", "0");
  if (!is_merged(o->a)) madvise(AT(o->a), LENGTH(0, 1), MADV_UNMERGEABLE);
  if (!is_merged(o->b)) madvise(AT(o->b), LENGTH(0, 1), MADV_UNMERGEABLE);
  return 0;
}

/* The page goes to the other node of memory, with all that map it. */
static long migrate_page(const struct operation *o) {
  for (int i = 0; i < scale; i++) {
    void *at[1] = {AT(o->a) + i * PAGE};
    int node = -1, status = 0;
    if (syscall(SYS_move_pages, 0, 1L, at, (void *)0, &status, 0) || status < 0) return -1;
    node = !status;
    if (syscall(SYS_move_pages, 0, 1L, at, &node, &status, 4 /* MPOL_MF_MOVE_ALL */) || status < 0)
      return -1;
  }
  return 0;
}

static int is_present(int page) {
  uint64_t entry = 0;
  int f = open("/proc/self/pagemap", O_RDONLY);
  pread(f, &entry, 8, (uintptr_t)AT(page) / PAGE * 8);
  close(f);
  return entry >> 63;
}

/* Pages wait in a list of the processor that touched or marked them before reclaim finds them on its
 * own lists. Whoever moves pages empties those of all processors first (lru_cache_disable). */
static void empty_lists(void) {
  void *at[1] = {(void *)((uintptr_t)&errno & -PAGE)};
  int node = 0, status = 0;
  if (is_guest) syscall(SYS_move_pages, 0, 1L, at, &node, &status, 2 /* MPOL_MF_MOVE */);
}

static long free_pages(char *at, unsigned long length) {
  empty_lists();
  long result = madvise(at, length, MADV_FREE);
  int error = errno;
  empty_lists();
  errno = error;
  return result;
}

/* 1 read and write, 0 read, -1 nothing. */
static int permission_of(long c) { return c < 0 ? PROT_NONE : PROT_READ | (c ? PROT_WRITE : 0); }

static long swap_out(char *at) {
  empty_lists();
  return madvise(at, LENGTH(0, 1), MADV_PAGEOUT);
}

static long operate_call(const struct operation *o, struct answer *r) {
  char *at = AT(o->a);
  unsigned long length = LENGTH(o->a, o->b);
  if (named(o, "munmap")) return munmap(at, length);
  if (named(o, "mmap")) return map_pages(o);
  if (named(o, "mprotect")) return mprotect(at, length, permission_of(o->c));
  if (named(o, "mremap") || named(o, "mremapOver")) return move_pages_to(o, r);
  if (named(o, "dontneed")) return madvise(at, length, MADV_DONTNEED);
  if (named(o, "free")) return free_pages(at, length);
  if (named(o, "dontfork")) return madvise(at, length, MADV_DONTFORK);
  if (named(o, "wipeonfork")) return madvise(at, length, MADV_WIPEONFORK);
  if (named(o, "mlock")) return mlock(at, length);
  if (named(o, "munlock")) return munlock(at, length);
  if (named(o, "swapOut")) return swap_out(at);
  if (named(o, "collapse")) return madvise(at, LENGTH(0, per_table), MADV_COLLAPSE);
  if (named(o, "migrate")) return migrate_page(o);
  if (named(o, "mergeSame")) return merge_pages(o, r);
  if (named(o, "uffdCopy")) return fill_page(o);
  if (named(o, "pin")) return lent_page = at, pin_page(o);
  if (named(o, "unpin")) return unpin_page();
  if (named(o, "dmaWrite")) return device_write(o);
  if (named(o, "splice")) {
    if (!is_present(o->a)) return r->skipped = 1, 0;
    struct iovec part = {at, 8};
    return vmsplice(pipe_ends[1], &part, 1, SPLICE_F_NONBLOCK) == 8 ? 0 : -1;
  }
  if (named(o, "readPipe")) {
    long value = 0;
    return read(pipe_ends[0], &value, 8) == 8 ? value : -1;
  }
  if (named(o, "wait")) {
    while (waitpid(-1, 0, 0) > 0) continue;
    errno = 0;
    return 0;
  }
  errno = ENOSYS;
  return -1;
}

static struct answer operate(const struct operation *o) {
  struct answer r = {0};
  errno = 0;
  if (named(o, "read") || named(o, "write")) {
    volatile long before = 0;
    int reads = named(o, "read");
    if (sigsetjmp(on_signal, 1)) r.fault = 1;
    else {
      before = faults_so_far();
      if (reads) r.result = load(o->a);
      else store(o->a, o->d);
    }
    r.faults = faults_so_far() - before;
    return r;
  }
  r.result = operate_call(o, &r);
  if (r.result == -1) r.error = errno;
  return r;
}
