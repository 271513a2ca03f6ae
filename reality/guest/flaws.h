/* Flaws of ways to fork, each as one small test: what the memory of a parent and its child shows
 * where a page table is shared and should not be. `says` tells what was seen. */
enum verdict { FLAWED, SOUND, NOT_TRIED };
static const char *way = "fork";
static char says[200];
#define OLD 0x1111111111111111L
#define NEW 0x2222222222222222L
#define SECRET 0x5ec7e75ec7e70000L

/* What the processes of a test tell each other. */
static volatile struct { long go, ready, done, stop, seen, other, signal; } *lab;
static volatile long *word(int page) { return (volatile long *)(ANCHOR + page * PAGE); }
static void await(volatile long *flag) { while (!*flag) sched_yield(); }
static void tell(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(says, sizeof says, format, list);
  va_end(list);
}

static int fork_this_way(void) {
  if (!strcmp(way, "odf")) return syscall(439);
  if (!strcmp(way, "odf-proc")) put("/proc/self/use_odf", "1");
  if (!strcmp(way, "cow-pte")) prctl(65, 0, 0, 0, 0);
  return syscall(SYS_fork);
}

/* Tables full of pages that hold OLD. The way `shared` is a control: what both share is found flawed. */
static void fill(int tables) {
  int kind = strcmp(way, "shared") ? MAP_PRIVATE : MAP_SHARED;
  mmap(ANCHOR, tables * TABLE, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  for (int i = 0; i < tables * 512; i++) *word(i) = OLD;
}
static int changed_pages(int from, int to) {
  int count = 0;
  for (int i = from; i < to; i++) count += *word(i) != OLD;
  return count;
}
static enum verdict lost(const char *who, int count, int of) {
  tell("%s has lost %d of %d pages", who, count, of);
  return count ? FLAWED : SOUND;
}
/* What the child finds in one page at the end. */
static int child_that_looks(int page) {
  int child = fork_this_way();
  if (child) return child;
  await(&lab->go);
  lab->seen = *word(page);
  lab->done = 1;
  _exit(0);
}
static enum verdict child_saw(int child, const char *what) {
  lab->go = 1;
  waitpid(child, 0, 0);
  tell("%s: the child finds %lx", what, lab->seen);
  return lab->seen == OLD ? SOUND : FLAWED;
}
/* On a processor of its own, without entering the kernel: looks until the page is another. */
static void watch(int page, int other) {
  use_processor(1);
  lab->seen = *word(page) == OLD && *word(other) == OLD ? 0 : 0xbad;
  lab->ready = 1;
  while (!lab->stop && !lab->seen) {
    if (*word(page) != OLD) lab->seen = *word(page);
    if (*word(other) != OLD) lab->seen = *word(other);
  }
  lab->done = 1;
}
static int child_that_watches(int page, int other) {
  use_processor(0);
  int child = fork_this_way();
  if (!child) watch(page, other), _exit(0);
  await(&lab->ready);
  sleep_ms(20);
  return child;
}
/* Frees of others are taken by a process with a secret: a stale translation shows it. */
static enum verdict watcher_saw(int child, const char *what) {
  int thief = syscall(SYS_fork);
  if (!thief) {
    use_processor(0);
    long size = 96L << 20;
    char *all = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long i = 0; i < size; i += 512) *(long *)(all + i) = SECRET;
    _exit(0);
  }
  waitpid(thief, 0, 0);
  for (int i = 0; i < 10 && !lab->done; i++) sleep_ms(10);
  lab->stop = 1;
  if (child) waitpid(child, 0, 0);
  tell("%s: %s sees %lx%s", what, child ? "the child" : "a sibling", lab->seen ? lab->seen : OLD,
       lab->seen == SECRET ? ", the secret of another process" : "");
  return lab->seen ? FLAWED : SOUND;
}
static int idle_child(void) {
  int child = fork_this_way();
  if (!child) await(&lab->stop), _exit(0);
  return child;
}
static void end_child(int child) { lab->stop = 1, waitpid(child, 0, 0); }

static enum verdict flaw_discard(void) {
  fill(2);
  int child = idle_child(), result = madvise(ANCHOR, 2 * TABLE, MADV_DONTNEED);
  tell("MADV_DONTNEED returns %d, then the page holds %lx", result, *word(0));
  long left = *word(0);
  end_child(child);
  return left ? FLAWED : SOUND;
}
static enum verdict flaw_discard_one(void) {
  fill(2);
  int child = idle_child();
  madvise(ANCHOR, PAGE, MADV_DONTNEED);
  int count = changed_pages(1, 1024);
  end_child(child);
  return lost("one page is discarded: the parent", count, 1023);
}
static enum verdict flaw_remote_write(void) {
  fill(2);
  long value = NEW;
  int child = child_that_looks(0);
  struct iovec from = {&value, 8}, to = {ANCHOR, 8};
  if (process_vm_writev(getpid(), &from, 1, &to, 1, 0) != 8) return tell("process_vm_writev fails"), NOT_TRIED;
  return child_saw(child, "process_vm_writev");
}
static enum verdict flaw_proc_mem_write(void) {
  fill(2);
  long value = NEW;
  int child = child_that_looks(0), f = open("/proc/self/mem", O_RDWR);
  if (pwrite(f, &value, 8, (off_t)ANCHOR) != 8) return tell("/proc/self/mem cannot be written"), NOT_TRIED;
  return child_saw(child, "a store through /proc/self/mem");
}
static enum verdict flaw_pinned_before(void) {
  struct operation o = {.d = NEW};
  place_region(512, 512, 1);
  base = ANCHOR;
  fill(2);
  pipe2(device_ends, O_NONBLOCK);
  lent_page = ANCHOR;
  if (pin_page(&o)) return tell("io_uring: %s", strerror(errno)), NOT_TRIED;
  int child = child_that_looks(0);
  if (device_write(&o)) return tell("the device does not write"), NOT_TRIED;
  return child_saw(child, "a device writes to a page lent before fork");
}
static enum verdict flaw_unprotect(void) {
  fill(2);
  mprotect(ANCHOR, 2 * TABLE, PROT_READ);
  int child = child_that_looks(0);
  mprotect(ANCHOR, 2 * TABLE, PROT_READ | PROT_WRITE);
  *word(0) = NEW;
  return child_saw(child, "the parent makes it writable and stores");
}
static enum verdict flaw_read_only_exit(void) {
  fill(2);
  mprotect(ANCHOR, 2 * TABLE, PROT_READ);
  int child = fork_this_way();
  if (!child) _exit(0);
  waitpid(child, 0, 0);
  return lost("read-only memory, the child is gone: the parent", changed_pages(0, 1024), 1024);
}
static enum verdict flaw_protect(void) {
  fill(2);
  int child = child_that_looks(0);
  mprotect(ANCHOR, 2 * TABLE, PROT_NONE);
  enum verdict verdict = child_saw(child, "the parent takes all permissions");
  mprotect(ANCHOR, 2 * TABLE, PROT_READ | PROT_WRITE);
  if (verdict == FLAWED) return FLAWED;
  return lost("permissions are given back: the parent", changed_pages(0, 1024), 1024);
}
static enum verdict flaw_reclaim(void) {
  fill(2);
  int child = child_that_watches(0, 700);
  madvise(ANCHOR, 2 * TABLE, MADV_PAGEOUT);
  return watcher_saw(child, "reclaim of the parent's pages");
}
static enum verdict flaw_swapped(void) {
  fill(2);
  if (madvise(ANCHOR, TABLE, MADV_PAGEOUT)) return tell("no MADV_PAGEOUT"), NOT_TRIED;
  uint64_t entry = 0;
  int f = open("/proc/self/pagemap", O_RDONLY);
  pread(f, &entry, 8, (uintptr_t)ANCHOR / PAGE * 8);
  if (!(entry >> 62 & 1)) return tell("nothing is swapped out"), NOT_TRIED;
  int child = fork_this_way();
  if (!child) _exit(0);
  waitpid(child, 0, 0);
  return lost("swapped out before fork, the child is gone: the parent", changed_pages(0, 1024), 1024);
}
static enum verdict flaw_migrate(void) {
  fill(2);
  int child = child_that_watches(0, 0);
  void *at[1] = {ANCHOR};
  int node = -1, status = 0;
  if (syscall(SYS_move_pages, 0, 1L, at, (void *)0, &status, 0) || status < 0) return tell("move_pages fails"), NOT_TRIED;
  node = !status;
  if (syscall(SYS_move_pages, 0, 1L, at, &node, &status, 4)) return tell("there is no other node"), NOT_TRIED;
  *word(0) = NEW;
  return watcher_saw(child, "migration of the parent's page");
}
static enum verdict flaw_merge(void) {
  fill(2);
  int child = child_that_watches(0, 1);
  if (madvise(ANCHOR, TABLE, MADV_MERGEABLE)) return tell("no ksmd"), NOT_TRIED;
  put("/sys/kernel/mm/ksm/pages_to_scan", "10000");
  put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
  long before = number_in("/sys/kernel/mm/ksm/full_scans");
  put("/sys/kernel/mm/ksm/run", "1");
  for (int i = 0; i < 2000 && number_in("/sys/kernel/mm/ksm/full_scans") < before + 4; i++) sleep_ms(1);
  put("/sys/kernel/mm/ksm/run", "0");
  return watcher_saw(child, "ksmd merges the parent's pages");
}
#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/"
static void use_khugepaged(void) {
  put(HUGE_PAGES "enabled", "madvise");
  put(HUGE_PAGES "khugepaged/scan_sleep_millisecs", "1");
  put(HUGE_PAGES "khugepaged/pages_to_scan", "100000");
  madvise(ANCHOR, 2 * TABLE, MADV_HUGEPAGE);
  long before = number_in(HUGE_PAGES "khugepaged/full_scans");
  for (int i = 0; i < 3000 && number_in(HUGE_PAGES "khugepaged/full_scans") < before + 3; i++) sleep_ms(1);
  put(HUGE_PAGES "enabled", "never");
}
static enum verdict flaw_collapse(void) {
  if (number_in(HUGE_PAGES "khugepaged/full_scans") < 0) return tell("no khugepaged"), NOT_TRIED;
  fill(2);
  int child = fork_this_way();
  if (!child) {
    await(&lab->go);
    lab->seen = changed_pages(0, 1024);
    _exit(0);
  }
  use_khugepaged();
  lab->go = 1;
  waitpid(child, 0, 0);
  return lost("the parent's tables are collapsed: the child", lab->seen, 1024);
}
static enum verdict flaw_monitor(void) {
  struct operation o = {.a = 5, .d = NEW};
  place_region(512, 512, 1);
  base = ANCHOR;
  fill(1);
  madvise(ANCHOR + 5 * PAGE, PAGE, MADV_DONTNEED);
  int child = child_that_looks(5);
  if (fill_page(&o)) return tell("userfaultfd: %s", strerror(errno)), NOT_TRIED;
  lab->go = 1;
  waitpid(child, 0, 0);
  tell("a monitor fills a page of the parent: the child finds %lx", lab->seen);
  return lab->seen ? FLAWED : SOUND;
}
static void *watching_sibling(void *nothing) { watch(0, 700); return nothing; }
static void stay_quiet(int signal) { lab->signal = signal, lab->done = 1; for (;;) pause(); }
static enum verdict flaw_unmap_after(void) {
  pthread_t thread;
  fill(16);
  signal(SIGSEGV, stay_quiet);
  int child = fork_this_way();
  if (!child) _exit(0);
  waitpid(child, 0, 0);
  use_processor(0);
  pthread_create(&thread, 0, watching_sibling, 0);
  await(&lab->ready);
  sleep_ms(20);
  munmap(ANCHOR, 16 * TABLE);
  return watcher_saw(0, "munmap by the last user");
}
static volatile long round_now, round_read;
static void *reading_sibling(void *nothing) {
  use_processor(1);
  for (long round = 0; !lab->stop;)
    if (round_now != round) {
      round = round_now;
      for (int page = 256; page < 512; page += 37) lab->seen += *word(page) != OLD;
      round_read = round;
    }
  return nothing;
}
static enum verdict flaw_two_threads(void) {
  pthread_t thread;
  fill(1);
  use_processor(0);
  pthread_create(&thread, 0, reading_sibling, 0);
  for (int i = 1; i <= 300; i++) {
    int child = fork_this_way();
    if (!child) await(&lab->go), _exit(0);
    round_now = i;
    *word(0) = i;
    while (round_read != i) sched_yield();
    lab->go = 1;
    waitpid(child, 0, 0);
    lab->go = 0;
  }
  lab->stop = 1;
  tell("300 rounds: a sibling read something else %ld times", lab->seen);
  return lab->seen ? FLAWED : SOUND;
}
static sigjmp_buf no_access;
static void jump_out(int signal) { (void)signal; siglongjmp(no_access, 1); }
static enum verdict flaw_withheld(void) {
  fill(1);
  madvise(ANCHOR + TABLE / 2, TABLE / 2, MADV_DONTFORK);
  int child = fork_this_way();
  if (!child) {
    signal(SIGSEGV, jump_out);
    if (!sigsetjmp(no_access, 1)) lab->seen = *word(300);
    void *at = mmap(ANCHOR + TABLE / 2, TABLE / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at != MAP_FAILED && !lab->seen) lab->seen = *word(300);
    _exit(0);
  }
  waitpid(child, 0, 0);
  if (lab->seen) return tell("left out of fork: the child finds %lx", lab->seen), FLAWED;
  return lost("half a table is left out of fork: the parent", changed_pages(0, 512), 512);
}
static enum verdict flaw_pipe(void) {
  int ends[2];
  fill(2);
  pipe(ends);
  int child = fork_this_way();
  if (!child) {
    struct iovec part = {ANCHOR, 8};
    lab->other = vmsplice(ends[1], &part, 1, 0);
    munmap(ANCHOR, 2 * TABLE);
    lab->ready = 1;
    await(&lab->go);
    long value = 0;
    read(ends[0], &value, 8);
    lab->seen = value;
    _exit(0);
  }
  await(&lab->ready);
  *word(0) = NEW;
  return child_saw(child, "the child's page is in a pipe, the parent stores");
}
static enum verdict flaw_pagemap(void) {
  uint64_t entry = 0;
  fill(2);
  int child = idle_child(), f = open("/proc/self/pagemap", O_RDONLY);
  pread(f, &entry, 8, (uintptr_t)ANCHOR / PAGE * 8);
  int count = changed_pages(0, 1024);
  end_child(child);
  return lost("pagemap is read: the parent", count, 1024);
}
#define INJECT "/sys/kernel/debug/fail_page_alloc/"
static enum verdict flaw_no_memory(void) {
  fill(2);
  mount("debug", "/sys/kernel/debug", "debugfs", 0, 0);
  if (put(INJECT "task-filter", "Y")) return tell("the kernel has no fault injection"), NOT_TRIED;
  int child = fork_this_way();
  if (!child) {
    await(&lab->go);
    lab->seen = changed_pages(0, 512);
    _exit(0);
  }
  put(INJECT "ignore-gfp-wait", "N"), put(INJECT "min-order", "0"), put(INJECT "times", "1");
  put(INJECT "verbose", "0"), put(INJECT "probability", "100");
  put("/proc/self/make-it-fail", "1");
  *word(0) = NEW;
  put("/proc/self/make-it-fail", "0"), put(INJECT "probability", "0");
  lab->go = 1;
  waitpid(child, 0, 0);
  return lost("one allocation fails: parent and child", lab->seen + changed_pages(1, 512), 1023);
}

static const struct { const char *name; enum verdict (*test)(void); } FLAWS[] = {
    {"discard", flaw_discard}, {"discard-one", flaw_discard_one}, {"remote-write", flaw_remote_write},
    {"proc-mem-write", flaw_proc_mem_write}, {"pinned-before", flaw_pinned_before},
    {"unprotect", flaw_unprotect}, {"read-only-exit", flaw_read_only_exit}, {"protect", flaw_protect},
    {"reclaim", flaw_reclaim}, {"swapped", flaw_swapped}, {"migrate", flaw_migrate},
    {"merge", flaw_merge}, {"collapse", flaw_collapse}, {"monitor", flaw_monitor},
    {"unmap-after", flaw_unmap_after}, {"two-threads", flaw_two_threads}, {"withheld", flaw_withheld},
    {"pipe", flaw_pipe}, {"pagemap", flaw_pagemap}, {"no-memory", flaw_no_memory}};

/* `flaw NAME WAY`: the test in a process of its own; a line with verdict and what was seen. */
static void run_flaw(const char *line) {
  static const char *const words[] = {"flawed", "sound", "not tried"};
  char name[32] = "", how[16] = "fork";
  struct { long verdict; char says[sizeof says]; } *result;
  sscanf(line, "flaw %31s %15s", name, how);
  way = how;
  lab = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  result = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  result->verdict = -1;
  int status = 0, test = fork();
  if (!test) {
    setpgid(0, 0);
    for (unsigned i = 0; i < sizeof FLAWS / sizeof *FLAWS; i++)
      if (!strcmp(FLAWS[i].name, name)) result->verdict = FLAWS[i].test();
    memcpy(result->says, says, sizeof says);
    _exit(0);
  }
  setpgid(test, test);
  waitpid(test, &status, 0);
  kill(-test, SIGKILL);
  while (waitpid(-1, 0, 0) > 0) continue;
  if (result->verdict < 0)
    fprintf(out, "flawed the test was ended by signal %d\n", WTERMSIG(status));
  else fprintf(out, "%s %s\n", words[result->verdict], result->says);
  munmap((void *)lab, PAGE);
  munmap(result, PAGE);
  fprintf(out, "end\n");
  fflush(out);
}
