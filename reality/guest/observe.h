/* What can be seen of a process' memory from outside: its VMAs (smaps), and for each page its
 * frame, content, mappings and flags (pagemap, mem, kpagecount, kpageflags). Content is read
 * through /proc/PID/mem: process_vm_readv would pin the page and so change it. */
#define FRAME_BITS ((1UL << 55) - 1)

static void print_vmas(int pid) {
  char path[64], line[400];
  sprintf(path, "/proc/%d/smaps", pid);
  FILE *f = fopen(path, "r");
  int first = 1, inside = 0;
  unsigned long low = (unsigned long)base, high = low + LENGTH(0, pages);
  fprintf(out, "[");
  while (f && fgets(line, sizeof line, f)) {
    unsigned long start, end;
    char permission[8];
    if (sscanf(line, "%lx-%lx %4s", &start, &end, permission) == 3) {
      inside = start < high && end > low;
      if (inside)
        fprintf(out, "%s[%ld,%ld,\"%s\"", first ? "" : ",", ((long)start - (long)low) / (long)PAGE,
                ((long)end - (long)low) / (long)PAGE, permission);
      if (inside) first = 0;
    } else if (inside && !strncmp(line, "VmFlags:", 8)) {
      line[strcspn(line, "\n")] = 0;
      fprintf(out, ",\"%s\"]", line + 9);
    }
  }
  if (f) fclose(f);
  fprintf(out, "]");
}

/* One page of the model as the first of its real pages; `same` says whether all its real pages are
 * in the same state. */
static void print_page(int page, int map, int mem, int count, int flags) {
  uint64_t entry[512] = {0};
  pread(map, entry, 8UL * scale, (uintptr_t)AT(page) / PAGE * 8);
  int same = 1;
  for (int i = 1; i < scale; i++) same &= (entry[i] >> 62) == (entry[0] >> 62);
  if (!same) {
    fprintf(out, "\"mixed\"");
    return;
  }
  if (entry[0] >> 63) {
    uint64_t frame = entry[0] & FRAME_BITS, mappings = 0, flag = 0;
    long value = -1;
    pread(mem, &value, 8, (off_t)AT(page));
    pread(count, &mappings, 8, frame * 8);
    pread(flags, &flag, 8, frame * 8);
    fprintf(out, "[%lu,%ld,%lu,\"%lx\"]", frame, value, mappings, flag);
  } else if (entry[0] >> 62 & 1) fprintf(out, "%lu", entry[0] & FRAME_BITS);
  else fprintf(out, "null");
}

static void print_space(int pid) {
  if (!pid) {
    fprintf(out, "null");
    return;
  }
  char path[64];
  fprintf(out, "{\"vmas\":");
  print_vmas(pid);
  fprintf(out, ",\"pages\":[");
  sprintf(path, "/proc/%d/pagemap", pid);
  int map = open(path, O_RDONLY);
  sprintf(path, "/proc/%d/mem", pid);
  int mem = open(path, O_RDONLY);
  int count = open("/proc/kpagecount", O_RDONLY), flags = open("/proc/kpageflags", O_RDONLY);
  for (int page = 0; page < pages; page++) {
    if (page) fprintf(out, ",");
    print_page(page, map, mem, count, flags);
  }
  close(map);
  close(mem);
  close(count);
  close(flags);
  fprintf(out, "]}");
}
