/* Races: two threads of a process do one operation each at the same time, again and again with
 * other delays, after a fork or one of them against it. What memory holds afterwards is an outcome; outcomes are counted. */
#define OUTCOMES 64
static struct operation race_operations[2];
static volatile struct {
  long here, delay[2], over, faulted, child_reads, child_done;
  char child[200];
} *race;
static struct { char text[420]; long count; } outcomes[OUTCOMES];

static void spin(long loops) {
  for (volatile long i = 0; i < loops; i++) continue;
}

/* Contents of all pages; `-` where nothing is mapped, `x` where they cannot be read. */
static void describe(char *text) {
  for (int page = 0; page < pages; page++) {
    unsigned char in_memory;
    if (mincore(AT(page), PAGE, &in_memory)) text += sprintf(text, "- ");
    else text += sprintf(text, "%ld ", load(page));
  }
}

/* The child tells what it finds when all is over. */
static void race_fork(void) {
  if (syscall(SYS_fork)) return;
  while (!race->child_reads) sched_yield();
  describe((char *)race->child);
  race->child_done = 1;
  _exit(0);
}

static void race_operate(int thread) {
  struct operation *o = &race_operations[thread];
  struct answer r = {0};
  __atomic_add_fetch(&race->here, 1, __ATOMIC_SEQ_CST);
  while (race->here < 2) asm volatile("pause");
  spin(race->delay[thread]);
  if (sigsetjmp(thread_signal, 1)) race->faulted |= 1L << thread;
  else if (named(o, "write")) *(volatile long *)AT(o->a) = o->d;
  else if (named(o, "fork")) race_fork();
  else operate_call(o, &r);
  __atomic_add_fetch(&race->over, 1, __ATOMIC_SEQ_CST);
}

static void *race_second(void *nothing) {
  use_processor(1);
  race_operate(1);
  return nothing;
}

/* One round in a process of its own. */
static void race_round(const struct vma *vmas, int count, char *text) {
  pthread_t thread;
  struct sigaction action = {.sa_handler = thread_jump, .sa_flags = SA_NODEFER};
  sigaction(SIGSEGV, &action, 0);
  use_processor(0);
  begin_memory(vmas, count);
  if (!named(&race_operations[0], "fork")) race_fork();
  pthread_create(&thread, 0, race_second, 0);
  race_operate(0);
  pthread_join(thread, 0);
  text += sprintf(text, "%s; ", race->faulted & 2 ? "fault" : "stored");
  describe(text);
  race->child_reads = 1;
  while (!race->child_done) sched_yield();
  sprintf(text + strlen(text), "; %s", (char *)race->child);
}

static void count_outcome(const char *text) {
  int i = 0;
  while (i < OUTCOMES - 1 && outcomes[i].count && strcmp(outcomes[i].text, text)) i++;
  strcpy(outcomes[i].text, text);
  outcomes[i].count++;
}

/* `race PAGES PER_TABLE ROUNDS`, `vma ...`, `op THREAD NAME A B C D` twice, `end`: a line with a
 * count for each outcome. */
static void run_races(const char *first) {
  char line[400];
  struct vma vmas[8];
  int count = 0, all = 0, per = 0, rounds = 0, thread;
  sscanf(first, "race %d %d %d", &all, &per, &rounds);
  place_region(all, per, 1);
  while (fgets(line, sizeof line, in) && strncmp(line, "end", 3)) {
    struct operation o = {0};
    if (!strncmp(line, "vma", 3)) read_vma(line, vmas + count++);
    if (sscanf(line, "op %d %15s %ld %ld %ld %ld", &thread, o.name, &o.a, &o.b, &o.c, &o.d) > 2)
      race_operations[thread] = o;
  }
  memset(outcomes, 0, sizeof outcomes);
  char *text = mmap(0, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  race = mmap(0, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int round = 0; round < rounds; round++) {
    memset((void *)race, 0, sizeof *race);
    memset(text, 0, PAGE);
    /* Now the one is later, now the other, by steps that grow. */
    race->delay[round & 1] = (long)(round % 64) * (round % 64) * 48;
    int process = fork();
    if (!process) race_round(vmas, count, text), _exit(0);
    while (waitpid(-1, 0, 0) > 0) continue;
    count_outcome(text);
  }
  for (int i = 0; i < OUTCOMES && outcomes[i].count; i++)
    fprintf(out, "%ld %s\n", outcomes[i].count, outcomes[i].text);
  fprintf(out, "end\n");
  fflush(out);
  munmap(text, PAGE);
  munmap((void *)race, PAGE);
}
