/* The helper of `forkcheck reality`: /init of a guest, or an ordinary process on the host. It reads
 * one request after the other and answers each with lines of JSON and a last line `end`. */
#include "common.h"
#include "region.h"
#include "observe.h"
#include "operate.h"
#include "trace.h"
#include "redis.h"
#include "sequence.h"
#include "steer.h"
#include "flaws.h"
#include "race.h"
#include "boot.h"

int main(int count, char **arguments) {
  if (count > 1 && !strcmp(arguments[1], "idle")) for (;;) pause();
  in = stdin;
  out = stdout;
  if (getpid() == 1) begin_guest();
  signal(SIGPIPE, SIG_IGN);
  setvbuf(out, 0, _IOFBF, 1 << 16);
  fprintf(out, "ready\n");
  fflush(out);
  char line[400];
  while (fgets(line, sizeof line, in)) {
    if (!strncmp(line, "sequence", 8)) run_sequence(line);
    else if (!strncmp(line, "steer", 5)) run_steered(line);
    else if (!strncmp(line, "flaw ", 5)) run_flaw(line);
    else if (!strncmp(line, "race ", 5)) run_races(line);
    else if (!strncmp(line, "redis ", 6)) run_redis(line);
    else if (!strncmp(line, "symbols", 7)) print_symbols(line);
    else if (!strncmp(line, "probe ", 6)) append(TRACING "kprobe_events", line + 6);
    else if (!strncmp(line, "trace", 5)) is_traced = atoi(line + 5);
    else if (!strncmp(line, "quit", 4)) break;
  }
  if (is_guest) reboot(RB_AUTOBOOT);
  return 0;
}
