/* What all parts of the helper use: includes, output, files, processors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096UL
#define TABLE (2UL << 20)
typedef volatile uint64_t Word;

/* Lines come from `in`, answers go to `out`: a serial port in a guest, standard input and output
 * on the host. */
static FILE *in, *out;

/* 1 in a guest of our own, 0 on the host. */
static int is_guest;

/* Writes text to a file of the kernel. Returns 0, or the error number. */
static int put(const char *path, const char *text) {
  int f = open(path, O_WRONLY);
  if (f < 0) return errno;
  int error = write(f, text, strlen(text)) < 0 ? errno : 0;
  close(f);
  return error;
}

/* Reads a number out of a file of the kernel; -1 when it cannot be read. */
static long number_in(const char *path) {
  char text[32] = "";
  int f = open(path, O_RDONLY);
  if (f < 0) return -1;
  ssize_t n = read(f, text, sizeof text - 1);
  close(f);
  return n > 0 ? atol(text) : -1;
}

static void use_processor(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static void sleep_ms(int ms) {
  struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
  nanosleep(&t, 0);
}
