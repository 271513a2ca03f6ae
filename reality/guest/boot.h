/* The first process of a guest: mounts, swap space on a RAM disk, the port that lines come from. */
static void load_module(const char *path, const char *options) {
  int f = open(path, O_RDONLY);
  if (f >= 0) syscall(SYS_finit_module, f, options, 0), close(f);
}

static void begin_swap(void) {
  static char header[4096];
  unsigned *word = (unsigned *)(header + 1024);
  load_module("/brd.ko", "rd_nr=1 rd_size=65536");
  int disk = open("/dev/ram0", O_RDWR);
  if (disk < 0) return;
  word[0] = 1;
  word[1] = 65536 / 4 - 1;
  memcpy(header + 4086, "SWAPSPACE2", 10);
  if (pwrite(disk, header, sizeof header, 0) < 0) return;
  fsync(disk);
  close(disk);
  swapon("/dev/ram0", 0);
}

static void begin_guest(void) {
  is_guest = 1;
  mkdir("/proc", 0755), mkdir("/sys", 0755), mkdir("/dev", 0755), mkdir("/tmp", 0755);
  mount("proc", "/proc", "proc", 0, 0);
  mount("sys", "/sys", "sysfs", 0, 0);
  mount("dev", "/dev", "devtmpfs", 0, 0);
  mount("trace", "/sys/kernel/tracing", "tracefs", 0, 0);
  put("/proc/sys/kernel/printk", "1 1 1 1");
  put("/proc/sys/kernel/kptr_restrict", "0");
  put("/proc/sys/kernel/numa_balancing", "0");
  put("/sys/kernel/mm/transparent_hugepage/enabled", "never");
  put("/proc/sys/vm/page-cluster", "0");
  begin_swap();
  int port = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
  struct termios mode;
  tcgetattr(port, &mode);
  cfmakeraw(&mode);
  cfsetspeed(&mode, B115200);
  tcsetattr(port, TCSANOW, &mode);
  in = fdopen(port, "r");
  out = fdopen(dup(port), "w");
}
