/* The core of Async-fork, written by hand from the published protocol (facts 1-5). One guarded command is one
 * atomic step. The program counters are ordinary variables, so that a state holds what is declared here and no more. */

#ifndef SLOTS
#define SLOTS 2          /* PMDs of the one VMA, every one with a table at fork */
#endif
#ifndef PAGES
#define PAGES 2          /* PTEs of a table */
#endif
#ifndef BUDGET
#define BUDGET 0         /* how many allocations may fail */
#endif
#ifndef KILL
#define KILL 0
#endif
#define FRAMES (2 * SLOTS * PAGES + 1)
#define ALL (SLOTS * PAGES)
#define NONE 0

mtype = { p_user, p_fork_wait, p_fork_walk, p_fork_bind, p_flush, p_unlock, p_undo,
          f_find, f_hook, f_pte, f_alloc, f_copy, f_flush, f_set, f_unlock,
          m_wait, m_hook, m_insert, m_unlock, z_hook, z_zap, z_flush, z_free, z_unlock,
          s_filter, s_alloc, s_page, s_wait, s_source, s_copy, s_drop, s_done, s_put,
          v_next, v_check, v_close, v_undo,
          c_unborn, c_read, c_vma, c_unread, c_wait, c_unbind, c_die, c_user, c_dead };

#define PARENT 0
#define CHILD 1
mtype pc[2];
byte slot[2]; byte page[2]; mtype back[2]; bool failed[2];

/* the parent's mmap_lock: readers, the one writer, and the one who waits to write */
bool reading[2]; byte writer = 2; byte queued = 2;
#define CAN_READ (writer == 2 && queued == 2)
#define CAN_WRITE(me) (writer == 2 && !reading[0] && !reading[1])

bool marked[SLOTS];                    /* WP: the PMD's RW bit is 0 */
bool childTable[SLOTS];
byte pageLock[SLOTS];                  /* PG_locked of the child's table: 0 free, 1 + who */
byte parentPtl[SLOTS]; byte childPtl[SLOTS];
byte pte[ALL]; bool writable[ALL];     /* frame + 1, or NONE */
byte childPte[ALL];
byte value[FRAMES]; byte count[FRAMES];
byte tlb[ALL]; bool tlbWritable[ALL];
mtype = { open, peer, error };
mtype ptrParent = open, ptrChild = open;
bool bound; bool killed; byte budget = BUDGET;
byte fresh[2];

/* Ghosts: what the child must see, what the parent must see */
byte atFork[ALL]; byte expected[ALL];

#define GO(x) pc[me] = x
#define AT(x) (pc[me] == x)

/* S0-S9: one PMD, by the child's copier or by the parent's hook; returns to back[me] */
inline slow_copy(me) {
  :: d_step { AT(s_filter) && !marked[slot[me]] -> GO(back[me]) }
  :: d_step { AT(s_filter) && marked[slot[me]] -> GO(s_alloc) }
  :: d_step { AT(s_alloc) && childPtl[slot[me]] == 0 -> childTable[slot[me]] = 1; childPtl[slot[me]] = 1 + me; GO(s_page) }
  :: d_step { AT(s_alloc) && !childTable[slot[me]] && budget > 0 -> budget--; failed[me] = 1; GO(back[me]) }
  :: d_step { AT(s_page) && pageLock[slot[me]] == 0 -> pageLock[slot[me]] = 1 + me; GO(s_source) }
  :: d_step { AT(s_page) && pageLock[slot[me]] != 0 -> childPtl[slot[me]] = 0; GO(s_wait) }
  :: d_step { AT(s_wait) && pageLock[slot[me]] == 0 -> GO(s_alloc) }
  :: d_step { AT(s_source) && parentPtl[slot[me]] == 0 && marked[slot[me]] ->
       parentPtl[slot[me]] = 1 + me; page[me] = slot[me] * PAGES; GO(s_copy) }
  :: d_step { AT(s_source) && parentPtl[slot[me]] == 0 && !marked[slot[me]] -> childPtl[slot[me]] = 0; GO(s_put) }
  :: d_step { AT(s_copy) && page[me] < (slot[me] + 1) * PAGES ->
       if
       :: childPte[page[me]] == NONE && pte[page[me]] != NONE ->
            writable[page[me]] = 0; childPte[page[me]] = pte[page[me]]; count[pte[page[me]]]++
       :: else
       fi; page[me]++ }
  :: d_step { AT(s_copy) && page[me] == (slot[me] + 1) * PAGES ->
       page[me] = 0; parentPtl[slot[me]] = 0; childPtl[slot[me]] = 0; GO(s_done) }
  :: d_step { AT(s_done) && parentPtl[slot[me]] == 0 -> marked[slot[me]] = 0; GO(s_put) }
  :: d_step { AT(s_put) -> pageLock[slot[me]] = 0; GO(back[me]) }
}

/* C1-C5 */
inline copier(me) {
  :: d_step { AT(c_read) && CAN_READ -> reading[me] = 1; GO(c_vma) }
  :: d_step { AT(c_vma) && (killed || ptrChild == error) -> failed[me] = 1; GO(c_unread) }
  :: d_step { AT(c_vma) && !killed && ptrChild == open -> GO(c_unread) }
  :: d_step { AT(c_vma) && !killed && ptrChild == peer -> slot[me] = 0; back[me] = v_next; GO(s_filter) }
  :: d_step { AT(v_next) && (failed[me] || slot[me] + 1 == SLOTS) -> slot[me] = 0; GO(v_check) }
  :: d_step { AT(v_next) && !failed[me] && slot[me] + 1 < SLOTS -> slot[me]++; GO(s_filter) }
  :: d_step { AT(v_check) && (failed[me] || ptrChild == error) -> failed[me] = 1; GO(c_unread) }
  :: d_step { AT(v_check) && !failed[me] && ptrChild != error -> ptrChild = open; ptrParent = open; GO(c_unread) }
  :: d_step { AT(c_unread) && !failed[me] -> reading[me] = 0; GO(c_wait) }
  :: d_step { AT(c_unread) && failed[me] && slot[me] < SLOTS -> marked[slot[me]] = 0; slot[me]++ }
  :: d_step { AT(c_unread) && failed[me] && slot[me] == SLOTS ->
       slot[me] = 0; ptrChild = open; ptrParent = open; reading[me] = 0; killed = 1; GO(c_wait) }
  :: d_step { AT(c_wait) && queued == 2 -> queued = me; GO(c_unbind) }
  :: d_step { AT(c_unbind) && CAN_WRITE(me) -> queued = 2; bound = 0;
       if :: killed -> GO(c_die) :: else -> GO(c_user) fi }
}
