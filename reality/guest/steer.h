/* Steering: threads of a process, each with its program, stop at marks that a debugger sets
 * breakpoints at. */

/* The debugger breaks here: thread, operation, 0 before and 1 after it, result. A thread whose gate
 * is shut stays in user mode here and answers interrupts. */
#define GATES ((volatile long *)0x300000000000UL)
__attribute__((noinline, used)) void mark(long thread, long step, long after, long result) {
  asm volatile("nop; nop" ::"r"(thread), "r"(step), "r"(after), "r"(result) : "memory");
  while (GATES[thread]) asm volatile("pause" ::: "memory");
}

/* Threads: the parent, its second one, the child, two of the kernel's or a third one. */
#define STEERED 5
#define CHILD 2
static struct operation programs[STEERED][32];
static int program_length[STEERED], processor_of[STEERED];
static Word *steer_over;

/* A thread that is held in user mode is put here: it goes on answering interrupts. */
__attribute__((noinline, used)) void held_here(void) { for (;;) asm volatile("pause"); }

/* `touch`: the processor's TLB may store to the page, and its content stays. */
enum access { CALL, TOUCH, LOAD, STORE };
static enum access access_of(const struct operation *o) {
  return named(o, "touch") ? TOUCH : named(o, "read") ? LOAD : named(o, "write") ? STORE : CALL;
}

static __thread sigjmp_buf thread_signal;
static void thread_jump(int signal) { (void)signal; siglongjmp(thread_signal, 1); }

static void steer_thread(int thread);
static void steer_call(const struct operation *o, struct answer *r) {
  if (named(o, "fork")) {
    r->result = syscall(SYS_fork);
    if (r->result) return;
    use_processor(processor_of[CHILD]);
    steer_thread(CHILD);
    _exit(0);
  }
  r->result = operate_call(o, r);
}

/* Between a mark and its access nothing else of memory is written, and no call is made: either might
 * wait for what the story holds. */
static void steer_thread(int thread) {
  for (volatile int i = 0; i < program_length[thread]; i++) {
    struct operation *o = &programs[thread][i];
    struct answer r = {0};
    enum access access = access_of(o);
    volatile long *at = (volatile long *)AT(o->a);
    long value = o->d, result = 0;
    if (sigsetjmp(thread_signal, 0)) result = -99;
    else {
      mark(thread, i, 0, 0);
      if (access == TOUCH) asm volatile("lock; orq $0, %0" : "+m"(*at));
      else if (access == LOAD) result = *at;
      else if (access == STORE) *at = value;
      else steer_call(o, &r), result = r.result;
    }
    mark(thread, i, 1, result);
  }
  mark(thread, 99, 0, 0);
}

static void *other_thread(void *number) {
  int thread = (int)(long)number;
  use_processor(processor_of[thread]);
  __atomic_fetch_add(steer_over, 1, __ATOMIC_SEQ_CST);
  while (!steer_over[1]) asm volatile("pause");
  steer_thread(thread);
  for (;;) asm volatile("pause");
  return 0;
}

/* Fork does not write-protect a stack that is shared: its thread faults at its program's pages
 * only. */
#define STACK (256UL << 10)
static void begin_thread(long number) {
  pthread_t thread;
  pthread_attr_t attributes;
  void *stack = mmap(0, STACK, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(stack, 0, STACK);
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, STACK);
  pthread_create(&thread, &attributes, other_thread, (void *)number);
}

/* All threads but the parent's first and the child begin; then the parent's first. */
static void begin_threads(void) {
  unsigned long begun = 0;
  for (long i = 1; i < STEERED; i++)
    if (i != CHILD && program_length[i] > 0) {
      begin_thread(i);
      while (*steer_over == begun) sched_yield();
      begun++;
    }
  use_processor(processor_of[0]);
  fprintf(out, "end\n");
  fflush(out);
  steer_over[1] = 1;
  steer_thread(0);
}

/* `steer PAGES PER_TABLE SCALE`, `vma ...`, `cpu THREAD PROCESSOR`, `op THREAD NAME A B C D`, `end`:
 * the programs run, and the debugger decides when. The guest is not used again. */
static void run_steered(const char *first) {
  char line[400];
  struct vma vmas[8];
  int count = 0, per = 0, factor = 1, all = 0;
  sscanf(first, "steer %d %d %d", &all, &per, &factor);
  place_region(all, per, factor);
  pipe2(pipe_ends, O_NONBLOCK);
  pipe2(device_ends, O_NONBLOCK);
  while (fgets(line, sizeof line, in) && strncmp(line, "end", 3)) {
    int thread, processor;
    struct operation o = {0};
    if (!strncmp(line, "vma", 3)) read_vma(line, vmas + count++);
    if (sscanf(line, "cpu %d %d", &thread, &processor) == 2) processor_of[thread] = processor;
    if (sscanf(line, "op %d %15s %ld %ld %ld %ld", &thread, o.name, &o.a, &o.b, &o.c, &o.d) < 2) continue;
    programs[thread][program_length[thread]++] = o;
  }
  /* Shared, so that a child has the same; all gates are shut. */
  mmap((void *)GATES, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  for (int i = 0; i < STEERED; i++) GATES[i] = 1;
  steer_over = mmap(0, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_handler = thread_jump, .sa_flags = SA_NODEFER};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
  begin_memory(vmas, count);
  empty_lists();
  begin_threads();
  for (;;) asm volatile("pause");
}
