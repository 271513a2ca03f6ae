/* The machine of the twin (async-fork.pml): its state, and the words its steps are written in. */

#define NONE 255
#define ERROR 254                      /* a two-way pointer that holds an error code */
#define ANY 255                        /* a page chosen when the access happens */
#define UNMAPPED 0
#define ZEROS 1
#define PARENT 0
#define CHILD 1

#define me _pid
#define CHILD_THREAD (THREADS - 1)
#define is_child (me == CHILD_THREAD)
#define mm_of(t) ((t) == CHILD_THREAD -> CHILD : PARENT)
#define my_mm mm_of(me)
#define FRAMES (2 * PAGES + THREADS)
#define PTES (SLOTS * TABLE_PAGES)
#define PTE(m, p) ((m) * PTES + (p))
#define TABLE(m, s) ((m) * SLOTS + (s))
#define VMA(m, v) ((m) * VMAS + (v))
#define TLB(t, p) ((t) * PAGES + (p))
#define slot_of(p) ((p) / TABLE_PAGES)
#define bit(t) (1 << (t))

mtype = { o_end, o_read, o_write, o_fork, o_exit, o_munmap, o_mmap, o_dontneed };
mtype = {
  unborn, user, gone, lock_write, flush_wait, call_unlock, call_unlock_read,
  fault_lock, fault_walk, fault_table, fault_pte, fault_zero, fault_copy, fault_install, fault_set,
  fault_unlock, fault_fail,
  fork_vma, fork_dup, fork_slot, fork_table, fork_lock, fork_pte, fork_flushed, fork_unlock, fork_wake,
  fork_failed_, fork_undo, fork_late, fork_destroy, late_lock, late_undo,
  zap_table, zap_pte, zap_free,
  munmap_split, munmap_detach, munmap_tables, munmap_free, split, split_cut, mmap_find, mmap_merge,
  copy_table_check, copy_table_allocate, copy_table_child_lock, copy_table_lock, copy_table_wait, copy_table_parent_lock, copy_table_copy,
  copy_table_copied, copy_table_unlock,
  sync_next, sync_close, sync_close_parent, sync_fail, sync_undo,
  copier_start, copier_relock, copier_vma, copier_next, copier_check, copier_close, copier_close_parent,
  copier_closed, copier_fail, copier_join, copier_reread, copier_undo, copier_finish, copier_queue, copier_drain,
  copier_put, copier_die
};

hidden mtype op[THREADS * OPS] = OP;
hidden byte op_page[THREADS * OPS] = OP_PAGE;
hidden byte op_end[THREADS * OPS] = OP_END;
hidden byte op_write[THREADS * OPS] = OP_WRITE;

/* ---- Threads: where each is, and what it has in hand ---- */
mtype pc[THREADS] = PC_AT_START;
byte next[THREADS];                    /* the operation it is at */
byte page[THREADS] = PAGES;            /* the page it is at; PAGES is none */
byte vma[THREADS];
byte slot[THREADS];
byte entry[THREADS];                   /* of the table it copies */
byte frame[THREADS] = NONE;            /* that it holds a reference on */
byte copy[THREADS];                    /* the content it will install */
byte taken[THREADS] = NONE;            /* the slot of a table that it has taken out of its PMD to free it */
bool for_child[THREADS];               /* it has the child's tables in hand */
bool whole[THREADS];                   /* synchronise a whole VMA; of the copier: it has not failed */
mtype back[THREADS] = user;            /* where to go on after a synchronisation */
mtype after[THREADS] = user;           /* where to go on after a flush */
byte asked[THREADS];                   /* CPUs that have not answered its flush */
byte flush_from[THREADS]; byte flush_to[THREADS];

/* ---- The two address spaces ---- */
byte writer[2] = NONE; byte readers[2]; byte waiting[2];     /* mmap_lock */
byte users[2] = USERS_AT_START;
bool bound[2];                                               /* async_fork_mm is not null */
bool killed[2];                                              /* SIGKILL is pending */
bool copy_failed;
byte fork_result;                                            /* 0 none yet, 1 a child, 2 an error */
byte start[2 * VMAS] = VMA_START; byte end_[2 * VMAS] = VMA_END; bool may_write[2 * VMAS] = VMA_WRITABLE;
byte ptr[2 * VMAS] = NONE;                                   /* the two-way pointers: the number of the other VMA */
bool pmd[2 * SLOTS] = PMD_AT_START;                          /* is there a table? */
bool pmd_rw[2 * SLOTS] = PMD_AT_START;                       /* 0 on one that is there: the marker */
byte ptl[2 * SLOTS] = NONE; byte page_lock[2 * SLOTS] = NONE; /* of each table */
byte pte[2 * PTES] = PTE_AT_START; bool pte_rw[2 * PTES] = PTE_RW_AT_START;

/* ---- Frames and translations ---- */
byte value[FRAMES] = VALUE_AT_START; byte refs[FRAMES] = REFS_AT_START; byte maps[FRAMES] = REFS_AT_START;
bool exclusive[FRAMES] = REFS_AT_START;
byte tlb[THREADS * PAGES] = NONE; bool tlb_rw[THREADS * PAGES];
byte failures_left = FAILURES;

/* ---- What must be found in memory, and what has failed: no guard reads these ---- */
byte expected[2 * PAGES] = EXPECTED_AT_START;
bool forked; bool fork_failed; bool copier_failed; bool sync_failed; bool fault_failed; bool call_failed;

hidden byte i; hidden byte j; hidden byte f; hidden byte n; hidden byte waits;   /* scratch of one step */

/* ---- Words for guards ---- */
#define AT(place) (pc[me] == place)
#define GO(place) pc[me] = place
#define THE_OP op[me * OPS + next[me]]
#define OP_FROM op_page[me * OPS + next[me]]
#define OP_TO op_end[me * OPS + next[me]]
#define OP_WRITABLE op_write[me * OPS + next[me]]
#define OP_VALUE (2 + PAGES + me * OPS + next[me])
#define BEGINS(o) (AT(user) && THE_OP == o && !killed[my_mm])
#define MAY_FAIL(point) (FAIL_##point && failures_left > 0)

#define MAY_PAUSE(e) (PAUSES && (e) + 1 < TABLE_PAGES)

#define may_read(m) (writer[m] == NONE && waiting[m] == 0)
#define may_write_lock(m) (writer[m] == NONE && readers[m] == 0)
#define is_vma(m, v) (start[VMA(m, v)] < end_[VMA(m, v)])
#define in_vma(m, v, p) (start[VMA(m, v)] <= (p) && (p) < end_[VMA(m, v)])
#define beyond(m, v, p) (is_vma(m, v) && end_[VMA(m, v)] > (p))
#define touches(m, v, from, to) (is_vma(m, v) && start[VMA(m, v)] < (to) && end_[VMA(m, v)] > (from))
/* The first VMA of which something is true, or NONE; whether there is one, where the test takes a second argument. */
#if VMAS == 1
#define FIRST(test) (test(0) -> 0 : NONE)
#define SOME_VMA(test, x) (test(0, x))
#elif VMAS == 2
#define FIRST(test) (test(0) -> 0 : (test(1) -> 1 : NONE))
#define SOME_VMA(test, x) (test(0, x) || test(1, x))
#elif VMAS == 3
#define FIRST(test) (test(0) -> 0 : (test(1) -> 1 : (test(2) -> 2 : NONE)))
#define SOME_VMA(test, x) (test(0, x) || test(1, x) || test(2, x))
#elif VMAS == 4
#define FIRST(test) (test(0) -> 0 : (test(1) -> 1 : (test(2) -> 2 : (test(3) -> 3 : NONE))))
#define SOME_VMA(test, x) (test(0, x) || test(1, x) || test(2, x) || test(3, x))
#endif
#define holds_my_page(v) in_vma(my_mm, v, page[me])
#define VMA_HERE FIRST(holds_my_page)                        /* find_vma of the page the thread is at */
/* The kernel walks VMAs in the order of addresses, which need not be that of their numbers. */
#define below(m, v, w) (start[VMA(m, v)] < start[VMA(m, w)])
#define is_before(v, w) (beyond(PARENT, v, page[me]) && below(PARENT, v, w))
#define is_ahead(v) (beyond(PARENT, v, page[me]) && !SOME_VMA(is_before, v))
#define PARENT_VMA_AHEAD FIRST(is_ahead)
#define is_before_in_child(v, w) (beyond(CHILD, v, page[me]) && below(CHILD, v, w))
#define is_ahead_in_child(v) (beyond(CHILD, v, page[me]) && !SOME_VMA(is_before_in_child, v))
#define CHILD_VMA_AHEAD FIRST(is_ahead_in_child)
#define is_lower_in_range(v, w) (touches(my_mm, v, OP_FROM, OP_TO) && below(my_mm, v, w))
#define is_in_range(v) (touches(my_mm, v, OP_FROM, OP_TO) && !SOME_VMA(is_lower_in_range, v))
#define VMA_IN_RANGE FIRST(is_in_range)
#define ends_below(v) (is_vma(my_mm, v) && end_[VMA(my_mm, v)] == OP_FROM)
#define VMA_BELOW FIRST(ends_below)
#define starts_above(v) (is_vma(my_mm, v) && start[VMA(my_mm, v)] == OP_TO)
#define VMA_ABOVE FIRST(starts_above)
#define is_cut_low(v) (start[VMA(my_mm, v)] < OP_FROM && OP_FROM < end_[VMA(my_mm, v)])
#define is_cut_high(v) (start[VMA(my_mm, v)] < OP_TO && OP_TO < end_[VMA(my_mm, v)])
#define CUT_LOW FIRST(is_cut_low)
#define VMA_TO_SPLIT (CUT_LOW != NONE -> CUT_LOW : FIRST(is_cut_high))
#define is_spare(v) (!is_vma(my_mm, v))
#define SPARE_VMA FIRST(is_spare)

#define is_tied(v) (ptr[VMA(PARENT, v)] < ERROR)
#define FAR(v) ptr[VMA(CHILD, ptr[VMA(PARENT, v)])]           /* the child's end, where there is one */
#define TIED FIRST(is_tied)
#define is_tied_vma(v) ((v) != NONE && is_tied(v))
#define marked(s) (pmd[TABLE(PARENT, s)] && !pmd_rw[TABLE(PARENT, s)])
#define covers(m, v, s) (start[VMA(m, v)] <= (s) * TABLE_PAGES && ((s) + 1) * TABLE_PAGES <= end_[VMA(m, v)])
/* Must the table of this thread's page be copied before it changes? */
#define is_tied_here(v, p) (in_vma(PARENT, v, p) && is_tied(v))
#define UNCOPIED (my_mm == PARENT && bound[PARENT] && SOME_VMA(is_tied_here, page[me]) && marked(slot_of(page[me])))

#define has_table(m, p) pmd[TABLE(m, slot_of(p))]
#define unlocked(m, p) (!has_table(m, p) || ptl[TABLE(m, slot_of(p))] == NONE)
#define empty(m, p) (!has_table(m, p) || pte[PTE(m, p)] == NONE)
#define permits(m, p, w) (!empty(m, p) && (!(w) || (pmd_rw[TABLE(m, slot_of(p))] && pte_rw[PTE(m, p)])))
#define sole_owner(f) (exclusive[f] || refs[f] == 1)

/* The same for PMD slots. */
#if SLOTS == 1
#define LOWEST(test) (test(0) -> 0 : NONE)
#define SOME_SLOT(test, x) (test(0, x))
#elif SLOTS == 2
#define LOWEST(test) (test(0) -> 0 : (test(1) -> 1 : NONE))
#define SOME_SLOT(test, x) (test(0, x) || test(1, x))
#elif SLOTS == 3
#define LOWEST(test) (test(0) -> 0 : (test(1) -> 1 : (test(2) -> 2 : NONE)))
#define SOME_SLOT(test, x) (test(0, x) || test(1, x) || test(2, x))
#elif SLOTS == 4
#define LOWEST(test) (test(0) -> 0 : (test(1) -> 1 : (test(2) -> 2 : (test(3) -> 3 : NONE))))
#define SOME_SLOT(test, x) (test(0, x) || test(1, x) || test(2, x) || test(3, x))
#endif
#define covers_tied(v, s) (is_tied(v) && covers(PARENT, v, s))
#define must_unmark(s, x) (marked(s) && SOME_VMA(covers_tied, s))
#define SOME_TO_UNMARK SOME_SLOT(must_unmark, 0)
#define uses_slot(v, s) touches(my_mm, v, (s) * TABLE_PAGES, ((s) + 1) * TABLE_PAGES)
#define must_free(s) ((s) * TABLE_PAGES < OP_TO && OP_FROM < ((s) + 1) * TABLE_PAGES && \
  pmd[TABLE(my_mm, s)] && !SOME_VMA(uses_slot, s))
#define TO_FREE LOWEST(must_free)

/* ---- Words for effects ---- */
inline rest() {
  vma[me] = 0; slot[me] = 0; entry[me] = 0; frame[me] = NONE; copy[me] = 0; taken[me] = NONE;
  for_child[me] = 0; whole[me] = 0; back[me] = user; after[me] = user; flush_from[me] = 0; flush_to[me] = 0
}
inline finish() { rest(); GO(user); next[me]++; page[me] = PAGES }
inline drop_write(m) { writer[m] = NONE }
inline queue_to_write(m) { waiting[m] = waiting[m] | bit(me); GO(lock_write) }
inline drop_read(m) { readers[m] = readers[m] & (255 - bit(me)) }
inline take_read(m) { readers[m] = readers[m] | bit(me) }

inline drop_translations(t, from, to) {
  for (j : 0 .. PAGES - 1) {
    if
    :: (from) <= j && j < (to) -> tlb[TLB(t, j)] = NONE; tlb_rw[TLB(t, j)] = 0
    :: else
    fi
  }
}

/* Every CPU of the address space is to forget a range; on at `then` when all have answered. A CPU that has nothing of
 * it cached need not be asked: nobody can tell. */
inline flush(m, from, to, then) {
  waits = 0;
  for (i : 0 .. THREADS - 1) {
    n = 0;
    for (j : 0 .. PAGES - 1) {
      if
      :: mm_of(i) == (m) && (from) <= j && j < (to) && tlb[TLB(i, j)] != NONE -> n = 1
      :: else
      fi
    }
    if
    :: n == 1 && i == me -> drop_translations(i, from, to)
    :: n == 1 && i != me -> asked[me] = asked[me] | bit(i); waits = 1
    :: else
    fi
  }
  if
  :: waits -> flush_from[me] = from; flush_to[me] = to; after[me] = then; GO(flush_wait)
  :: else -> GO(then)
  fi
}

/* Leaves in `f` a free frame, the page's own spare first: names of frames mean nothing, and states that differ in them
 * alone are the same state only if the choice is fixed. */
inline take_frame(p, content) {
  f = NONE;
  for (i : 0 .. FRAMES - 1) {
    if
    :: refs[i] == 0 && (f == NONE || (f % PAGES != (p) && i % PAGES == (p))) -> f = i
    :: else
    fi
  }
  refs[f] = 1; maps[f] = 1; exclusive[f] = 1; value[f] = content
}

inline put_frame(x) {
  refs[x]--;
  if
  :: refs[x] == 0 -> value[x] = UNMAPPED; exclusive[x] = 0
  :: else
  fi
}

/* Takes the marker off one table: the lowest of the first VMA that has one. */
inline unmark_one() {
  n = NONE;
  for (i : 0 .. VMAS - 1) {
    for (j : 0 .. SLOTS - 1) {
      if
      :: n == NONE && marked(j) && is_tied(i) && covers(PARENT, i, j) -> n = j
      :: else
      fi
    }
  }
  pmd_rw[TABLE(PARENT, n)] = 1
}

inline clear_pte(x) { pte[x] = NONE; pte_rw[x] = 0 }

/* The last user of an address space frees all of it. */
inline put_mm(m) {
  users[m]--;
  if
  :: users[m] == 0 -> tear_down(m)
  :: else
  fi
}
inline tear_down(m) {
  for (i : 0 .. PAGES - 1) {
    if
    :: !empty(m, i) -> maps[pte[PTE(m, i)]]--; put_frame(pte[PTE(m, i)]); clear_pte(PTE(m, i))
    :: else
    fi;
    expected[(m) * PAGES + i] = UNMAPPED
  }
  for (i : 0 .. SLOTS - 1) { pmd[TABLE(m, i)] = 0; pmd_rw[TABLE(m, i)] = 0 }
  for (i : 0 .. VMAS - 1) {
    start[VMA(m, i)] = 0; end_[VMA(m, i)] = 0; may_write[VMA(m, i)] = 0; ptr[VMA(m, i)] = NONE
  }
  for (i : 0 .. THREADS - 1) {
    if
    :: mm_of(i) == (m) -> drop_translations(i, 0, PAGES)
    :: else
    fi
  }
}
#define is_spinning(s, m) (pmd[TABLE(m, s)] && ptl[TABLE(m, s)] != NONE)
#define may_put_mm(m) (users[m] > 1 || (!SOME_SLOT(is_spinning, m) && may_write_lock(m)))

inline leave() {
  drop_translations(me, 0, PAGES); rest(); page[me] = PAGES; GO(gone); put_mm(my_mm)
}

/* One page of the parent becomes the child's too, and read-only to both (D4, S5). Twice is once. */
inline share(p) {
  if
  :: pte[PTE(PARENT, p)] != NONE && pte[PTE(CHILD, p)] == NONE ->
       f = pte[PTE(PARENT, p)]; pte[PTE(CHILD, p)] = f; pte_rw[PTE(CHILD, p)] = 0;
       pte_rw[PTE(PARENT, p)] = 0; refs[f]++; maps[f]++; exclusive[f] = 0
  :: else
  fi
}

#define maps_page(v, p) in_vma(PARENT, v, p)
inline unbind() { bound[CHILD] = 0; bound[PARENT] = 0 }
/* What the parent finds now, in what it has mapped, the child must always find. */
inline snapshot() {
  forked = 1;
  for (i : 0 .. PAGES - 1) { expected[CHILD * PAGES + i] = (SOME_VMA(maps_page, i) -> expected[i] : UNMAPPED) }
}

/* ---- Hooks: where the parent copies first. The steps at these places wait while one is due ---- */
#define SYNC_BEFORE_FAULT UNCOPIED
#define SYNC_BEFORE_ZAP (page[me] < OP_TO && UNCOPIED && !M(no_sync_before_zap))
#define SYNC_BEFORE_MUNMAP (my_mm == PARENT && is_tied_vma(VMA_IN_RANGE) && !M(no_sync_before_munmap))
#define SYNC_BEFORE_SPLIT (my_mm == PARENT && is_tied_vma(VMA_TO_SPLIT) && !M(no_sync_before_split))
#define TIED_BESIDE (is_tied_vma(VMA_BELOW) -> VMA_BELOW : (is_tied_vma(VMA_ABOVE) -> VMA_ABOVE : NONE))
#define SYNC_BEFORE_MMAP (my_mm == PARENT && TIED_BESIDE != NONE && !M(no_sync_before_mmap))
