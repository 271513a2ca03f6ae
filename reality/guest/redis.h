/* A Redis server in the guest, and the kernel's events while it saves: BGSAVE, stores to every other
 * key while the child is at work, and to all of them after it has ended. */
#include <sys/socket.h>
#include <sys/un.h>
#define SOCKET "/tmp/redis"
#define VALUE 3000

static int redis;

/* Sends a command, and reads one answer into `reply`. Returns its length; 0 when the server is gone. */
static int ask(const char *command, char *reply, int room) {
  int length = 0, wanted = 0;
  if (write(redis, command, strlen(command)) < 0) return 0;
  for (;;) {
    int n = read(redis, reply + length, room - 1 - length);
    if (n <= 0) return 0;
    length += n;
    reply[length] = 0;
    char *line = strstr(reply, "\r\n");
    if (!line) continue;
    if (reply[0] != '$') return length;
    wanted = line + 2 - reply + atoi(reply + 1) + 2;
    if (length >= wanted) return length;
  }
}

static int begin_redis(const char *program) {
  int pid = fork();
  if (!pid) {
    use_processor(0);
    execl(program, "redis-server", "--port", "0", "--unixsocket", SOCKET, "--save", "",
          "--dir", "/tmp", "--logfile", "/tmp/redis.log", "--rdb-key-save-delay", "20000", (char *)0);
    _exit(9);
  }
  struct sockaddr_un at = {AF_UNIX, SOCKET};
  for (int i = 0; i < 600; i++) {
    redis = socket(AF_UNIX, SOCK_STREAM, 0);
    if (!connect(redis, (struct sockaddr *)&at, sizeof at)) return pid;
    close(redis);
    sleep_ms(100);
  }
  kill(pid, SIGKILL);
  waitpid(pid, 0, 0);
  return 0;
}

static void print_maps(int pid) {
  char path[40], line[400];
  sprintf(path, "/proc/%d/maps", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f)) fprintf(out, "M %s", line);
  if (f) fclose(f);
}

/* `redis KEYS PROGRAM`: the lines `M` are the server's memory before it forks, those with `T` events. */
static void run_redis(const char *request) {
  static char reply[1 << 16], command[VALUE + 100], program[200];
  int keys = 0, saves = 1;
  sscanf(request, "redis %d %199s", &keys, program);
  int pid = begin_redis(program);
  if (!pid) fprintf(out, "N no Redis\n");
  for (int i = 0; pid && i < keys; i++) {
    int n = sprintf(command, "SET key%d ", i);
    memset(command + n, 'a' + i % 26, VALUE);
    strcpy(command + n + VALUE, "\r\n");
    ask(command, reply, sizeof reply);
  }
  if (pid) {
    ask("INFO server\r\n", reply, sizeof reply);
    char *version = strstr(reply, "redis_version:");
    if (version) fprintf(out, "V %.*s\n", (int)strcspn(version + 14, "\r"), version + 14);
    put(TRACING "buffer_size_kb", "16384");
    print_maps(pid);
    fprintf(out, "T parent %d\n", pid);
    begin_trace(pid);
    ask("BGSAVE\r\n", reply, sizeof reply);
    for (int i = 0; i < keys; i += 2) {
      sprintf(command, "SETRANGE key%d 0 %s\r\n", i, "b");
      ask(command, reply, sizeof reply);
    }
    while (saves && ask("INFO persistence\r\n", reply, sizeof reply)) {
      saves = !!strstr(reply, "rdb_bgsave_in_progress:1");
      sleep_ms(50);
    }
    for (int i = 0; i < keys; i++) {
      sprintf(command, "SETRANGE key%d 1 %s\r\n", i, "c");
      ask(command, reply, sizeof reply);
    }
    fprintf(out, "S %s\n", strstr(reply, "rdb_last_bgsave_status:err") ? "err" : "ok");
    end_trace();
    kill(pid, SIGKILL);
    waitpid(pid, 0, 0);
    close(redis);
    unlink(SOCKET);
  }
  fprintf(out, "end\n");
  fflush(out);
}
