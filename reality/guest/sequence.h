/* Conformance: operations of a parent and its children, one after the other, each to its end. After
 * each one line says what came of it and what can be seen of every address space. */
#define ACTORS 3
static int commands[ACTORS][2], answers[ACTORS][2];
static int is_traced;
struct vma { int from, to, writable, same, count, populated[64]; };

static void serve(int who);

static struct answer fork_child(int who) {
  struct answer r = {0};
  r.pid = syscall(SYS_fork);
  if (!r.pid) serve(who);
  if (r.pid < 0) r.result = -1, r.error = errno, r.pid = 0;
  return r;
}

/* A process does what it is sent until it is told to end. */
static void serve(int who) {
  struct operation o;
  while (read(commands[who][0], &o, sizeof o) == sizeof o) {
    if (named(&o, "exit")) _exit(0);
    if (named(&o, "exec")) {
      execl("/proc/self/exe", "forkcheck-idle", "idle", (char *)0);
      _exit(9);
    }
    struct answer r = named(&o, "fork") ? fork_child(o.a) : operate(&o);
    write(answers[who][1], &r, sizeof r);
  }
  _exit(0);
}

static void begin_memory(const struct vma *vmas, int count) {
  for (int i = 0; i < count; i++) {
    const struct vma *v = vmas + i;
    mmap(AT(v->from), LENGTH(v->from, v->to), PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    for (int j = 0; j < v->count; j++)
      store(v->populated[j], 2 + (v->same ? v->from : v->populated[j]));
  }
  for (int i = 0; i < count; i++)
    if (!vmas[i].writable) mprotect(AT(vmas[i].from), LENGTH(vmas[i].from, vmas[i].to), PROT_READ);
}

static int begin_parent(const struct vma *vmas, int count) {
  int pid = fork();
  if (pid) return pid;
  use_processor(0);
  signal(SIGSEGV, jump_back);
  signal(SIGBUS, jump_back);
  begin_memory(vmas, count);
  write(answers[0][1], "", 1);
  serve(0);
  return 0;
}

static void print_step(const struct answer *r, const int pids[ACTORS]) {
  fprintf(out, "{\"result\":%ld,\"error\":%d,\"fault\":%d,\"skipped\":%d,\"faults\":%ld,\"spaces\":[",
          r->result, r->error, r->fault, r->skipped, r->faults);
  for (int i = 0; i < ACTORS; i++) {
    if (i) fprintf(out, ",");
    print_space(pids[i]);
  }
  fprintf(out, "]}\n");
  fflush(out);
}

static int is_over(int pid) {
  char path[40], text[300] = "";
  sprintf(path, "/proc/%d/stat", pid);
  int f = open(path, O_RDONLY);
  if (f < 0) return 1;
  read(f, text, sizeof text - 1);
  close(f);
  char *state = strrchr(text, ')');
  return !state || state[2] == 'Z' || state[2] == 'X';
}

static int has_new_program(int pid) {
  char path[40], text[40] = "";
  sprintf(path, "/proc/%d/cmdline", pid);
  int f = open(path, O_RDONLY);
  if (f < 0) return 1;
  read(f, text, sizeof text - 1);
  close(f);
  return !strcmp(text, "forkcheck-idle");
}

/* The operation is sent to who does it; a kernel thread's work is asked for by the parent. */
static struct answer request(int who, const struct operation *o, int pids[ACTORS]) {
  struct answer r = {0};
  write(commands[who][1], o, sizeof *o);
  if (named(o, "exit") || named(o, "exec")) {
    for (int i = 0; i < 5000; i++) {
      if (named(o, "exit") ? is_over(pids[who]) : has_new_program(pids[who])) break;
      sleep_ms(1);
    }
    pids[who] = 0;
  } else read(answers[who][0], &r, sizeof r);
  if (named(o, "fork")) pids[o->a] = r.pid;
  if (named(o, "fork") && is_traced) fprintf(out, "T child %d\n", r.pid);
  return r;
}

static void end_sequence(int parent) {
  if (parent > 0) kill(-parent, SIGKILL);
  while (waitpid(-1, 0, 0) > 0) continue;
  for (int i = 0; i < ACTORS; i++)
    for (int j = 0; j < 2; j++) close(commands[i][j]), close(answers[i][j]);
  for (int j = 0; j < 2; j++) close(pipe_ends[j]), close(device_ends[j]);
}

static int who_is(const char *name) {
  return !strcmp(name, "child") ? 1 : !strcmp(name, "child2") ? 2 : 0;
}

static void read_vma(const char *line, struct vma *v) {
  int used = 0, more;
  sscanf(line, "vma %d %d %d %d%n", &v->from, &v->to, &v->writable, &v->same, &used);
  for (v->count = 0; sscanf(line + used, "%d%n", v->populated + v->count, &more) == 1; v->count++)
    used += more;
}

/* `sequence PAGES PER_TABLE SCALE`, `vma FROM TO WRITABLE SAME PAGE...`, `op WHO NAME A B C D`,
 * `end`: one line after the memory is there and one after each operation. */
static void run_sequence(const char *first) {
  char line[400];
  struct vma vmas[8];
  int count = 0, pids[ACTORS] = {0}, begun = 0, per = 0, factor = 1, all = 0;
  struct answer nothing = {0};
  sscanf(first, "sequence %d %d %d", &all, &per, &factor);
  place_region(all, per, factor);
  for (int i = 0; i < ACTORS; i++) pipe(commands[i]), pipe(answers[i]);
  pipe2(pipe_ends, O_NONBLOCK);
  pipe2(device_ends, O_NONBLOCK);
  while (fgets(line, sizeof line, in) && strncmp(line, "end", 3)) {
    char who[16];
    struct operation o = {0};
    if (!strncmp(line, "vma", 3)) {
      read_vma(line, vmas + count++);
      continue;
    }
    if (!begun) {
      char byte;
      begun = pids[0] = begin_parent(vmas, count);
      setpgid(begun, begun);
      read(answers[0][0], &byte, 1);
      print_step(&nothing, pids);
      if (is_traced) fprintf(out, "T parent %d\n", begun), begin_trace(begun);
    }
    if (sscanf(line, "op %15s %15s %ld %ld %ld %ld", who, o.name, &o.a, &o.b, &o.c, &o.d) < 2) continue;
    struct answer r = request(who_is(who), &o, pids);
    print_step(&r, pids);
  }
  if (is_traced) end_trace();
  end_sequence(begun);
  fprintf(out, "end\n");
  fflush(out);
}
