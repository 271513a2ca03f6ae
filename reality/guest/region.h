/* The memory that is watched. A page of the model is `scale` real pages. The last page of the
 * model's first table ends at a real table boundary, so that tables of the model are tables of the
 * kernel. */
static char *const ANCHOR = (char *)0x200000000000UL;
static char *base;
static int pages, per_table, scale = 1;

#define AT(p) (base + (long)(p) * scale * (long)PAGE)
#define LENGTH(from, to) ((unsigned long)((to) - (from)) * scale * PAGE)

static void place_region(int count, int per, int factor) {
  pages = count;
  per_table = per;
  scale = factor;
  base = ANCHOR + TABLE - (unsigned long)per * factor * PAGE;
}

static void store(int page, long value) {
  for (int i = 0; i < scale; i++) *(volatile long *)(AT(page) + i * PAGE) = value;
}

static long load(int page) {
  long value = *(volatile long *)AT(page);
  for (int i = 1; i < scale; i++)
    if (*(volatile long *)(AT(page) + i * PAGE) != value) return -1;
  return value;
}
