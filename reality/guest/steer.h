/* Steering: threads of a process, each with its program, stop at marks that a debugger sets
 * breakpoints at. */

/* The debugger breaks here: thread, operation, 0 before and 1 after it, result. A thread whose gate
 * is shut stays in user mode here and answers interrupts. */
#define GATES ((volatile long *)0x300000000000UL)
__attribute__((noinline, used)) void mark(long thread, long step, long after, long result) {
  asm volatile("nop; nop" ::"r"(thread), "r"(step), "r"(after), "r"(result) : "memory");
  while (GATES[thread]) asm volatile("pause" ::: "memory");
}

#define STEERED 3
static struct operation programs[STEERED][32];
static int program_length[STEERED];
static Word *steer_over;

/* `touch`: the processor's TLB may store to the page, and its content stays. */
static void touch(int page) { __atomic_fetch_or((long *)AT(page), 0, __ATOMIC_SEQ_CST); }

static __thread sigjmp_buf thread_signal;
static void thread_jump(int signal) { (void)signal; siglongjmp(thread_signal, 1); }

static void steer_thread(int thread) {
  for (volatile int i = 0; i < program_length[thread]; i++) {
    struct operation *o = &programs[thread][i];
    struct answer r = {0};
    mark(thread, i, 0, 0);
    if (sigsetjmp(thread_signal, 1)) r.result = -99;
    else if (named(o, "touch")) touch(o->a);
    else if (named(o, "read")) r.result = *(volatile long *)AT(o->a);
    else if (named(o, "write")) *(volatile long *)AT(o->a) = o->d;
    else if (named(o, "fork")) {
      r.result = syscall(SYS_fork);
      if (!r.result) {
        use_processor(0);
        steer_thread(2);
        mark(2, 99, 0, 0);
        _exit(0);
      }
    } else if (named(o, "yield")) { while (!steer_over[2 + o->a]) sched_yield(); }
    else r.result = operate_call(o, &r);
    mark(thread, i, 1, r.result);
  }
  if (thread < 2) mark(thread, 99, 0, 0);
}

static void *second_thread(void *nothing) {
  use_processor(1);
  /* Its stack and code are there, so that nothing but its program faults. */
  volatile char warm[8192];
  for (int i = 0; i < 8192; i += 512) warm[i] = 0;
  (void)warm[0];
  steer_over[0] = 1;
  while (!steer_over[1]) asm volatile("pause");
  steer_thread(1);
  for (;;) asm volatile("pause");
  return nothing;
}

/* `steer PAGES PER_TABLE SCALE`, `vma ...`, `op THREAD NAME A B C D`, `end`: the programs run, and
 * the debugger decides when. The guest is not used again. */
static void run_steered(const char *first) {
  char line[400];
  struct vma vmas[8];
  int count = 0, per = 0, factor = 1, all = 0;
  sscanf(first, "steer %d %d %d", &all, &per, &factor);
  place_region(all, per, factor);
  pipe2(pipe_ends, O_NONBLOCK);
  pipe2(device_ends, O_NONBLOCK);
  while (fgets(line, sizeof line, in) && strncmp(line, "end", 3)) {
    int thread;
    struct operation o = {0};
    if (!strncmp(line, "vma", 3)) read_vma(line, vmas + count++);
    if (sscanf(line, "op %d %15s %ld %ld %ld %ld", &thread, o.name, &o.a, &o.b, &o.c, &o.d) < 2) continue;
    programs[thread][program_length[thread]++] = o;
  }
  /* Shared, so that a child has the same; all gates are shut. */
  mmap((void *)GATES, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  for (int i = 0; i < 4; i++) GATES[i] = 1;
  steer_over = mmap(0, PAGE, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_handler = thread_jump, .sa_flags = SA_NODEFER};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGBUS, &action, 0);
  begin_memory(vmas, count);
  use_processor(0);
  pthread_t thread;
  if (program_length[1] > 0) {
    pthread_create(&thread, 0, second_thread, 0);
    while (!steer_over[0]) sched_yield();
  }
  fprintf(out, "end\n");
  fflush(out);
  steer_over[1] = 1;
  steer_thread(0);
  for (;;) asm volatile("pause");
}
