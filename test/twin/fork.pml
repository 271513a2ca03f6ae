/* fork, phase 1 of a snapshot: under mmap_lock for writing it marks tables instead of copying them (F1 to F10), and
 * when it fails gives every marker and pointer back. Options of the loop in async-fork.pml. */

#define PAST_VMA (slot[me] * TABLE_PAGES >= end_[VMA(PARENT, vma[me])])
#define AT_TABLE (!PAST_VMA && pmd[TABLE(PARENT, slot[me])])
#define LEFT_TO_CHILD covers(PARENT, vma[me], slot[me])
#define BIND_DUE (!is_tied(vma[me]) && !M(binds_no_vma))
#define fail_fork() fork_failed = 1; GO(fork_failed_)
  :: d_step { BEGINS(o_fork) -> page[me] = 0; queue_to_write(PARENT) }
  /* F5 a. The last VMA is done: F8. */
  :: d_step { AT(fork_vma) && PARENT_VMA_AHEAD != NONE -> GO(fork_dup) }
  :: d_step { AT(fork_vma) && PARENT_VMA_AHEAD == NONE ->
       if
       :: M(no_fork_flush) -> snapshot(); GO(fork_unlock)
       :: else -> flush(PARENT, 0, PAGES, fork_flushed)
       fi }
  /* F5 c, d, e. */
  :: d_step { AT(fork_dup) && killed[PARENT] -> fail_fork() }
  :: d_step { AT(fork_dup) && !killed[PARENT] && MAY_FAIL(fork) -> failures_left--; fail_fork() }
  :: d_step { AT(fork_dup) && !killed[PARENT] ->
       n = PARENT_VMA_AHEAD; vma[me] = n;
       start[VMA(CHILD, n)] = start[VMA(PARENT, n)]; end_[VMA(CHILD, n)] = end_[VMA(PARENT, n)];
       may_write[VMA(CHILD, n)] = may_write[VMA(PARENT, n)];
       slot[me] = slot_of(start[VMA(PARENT, n)]); GO(fork_slot) }
  /* F5 h4, h7: both ends; nobody looks at them while the lock is write-held. */
  :: d_step { AT(fork_slot) && BIND_DUE -> ptr[VMA(PARENT, vma[me])] = vma[me]; ptr[VMA(CHILD, vma[me])] = vma[me] }
  /* F5 h5: a PMD page of the child; an empty slot; a table inside the VMA; one that is only partly inside. */
  :: d_step { AT(fork_slot) && !BIND_DUE && !PAST_VMA && MAY_FAIL(fork) -> failures_left--; fail_fork() }
  :: d_step { AT(fork_slot) && !BIND_DUE && !PAST_VMA && !AT_TABLE -> slot[me]++ }
  :: d_step { AT(fork_slot) && !BIND_DUE && AT_TABLE && LEFT_TO_CHILD ->
       pmd_rw[TABLE(PARENT, slot[me])] = 0; slot[me]++ }
  :: d_step { AT(fork_slot) && !BIND_DUE && AT_TABLE && !LEFT_TO_CHILD ->
       page[me] = slot[me] * TABLE_PAGES; GO(fork_table) }
  :: d_step { AT(fork_slot) && !BIND_DUE && PAST_VMA ->
       page[me] = end_[VMA(PARENT, vma[me])]; slot[me] = 0; GO(fork_vma) }
  /* D4: the child's table, its lock, the parent's lock, and one PTE after the other. */
  :: d_step { AT(fork_table) && (!pmd[TABLE(CHILD, slot[me])] || ptl[TABLE(CHILD, slot[me])] == NONE) ->
       if
       :: !pmd[TABLE(CHILD, slot[me])] -> pmd[TABLE(CHILD, slot[me])] = 1; pmd_rw[TABLE(CHILD, slot[me])] = 1
       :: else
       fi;
       ptl[TABLE(CHILD, slot[me])] = me; GO(fork_lock) }
  :: d_step { AT(fork_table) && !pmd[TABLE(CHILD, slot[me])] && MAY_FAIL(forkTable) -> failures_left--; fail_fork() }
  :: d_step { AT(fork_lock) && ptl[TABLE(PARENT, slot[me])] == NONE ->
       ptl[TABLE(PARENT, slot[me])] = me; GO(fork_pte) }
#define fork_share() \
    if \
    :: start[VMA(PARENT, vma[me])] <= page[me] && page[me] < end_[VMA(PARENT, vma[me])] -> share(page[me]) \
    :: else \
    fi; \
    page[me]++
#define fork_unlock_tables() ptl[TABLE(PARENT, slot[me])] = NONE; ptl[TABLE(CHILD, slot[me])] = NONE
  :: d_step { AT(fork_pte) && slot_of(page[me]) == slot[me] -> fork_share() }
  /* Both locks may be dropped between two PTEs. */
  :: d_step { AT(fork_pte) && slot_of(page[me]) == slot[me] && MAY_PAUSE(page[me] % TABLE_PAGES) ->
       fork_share(); fork_unlock_tables(); GO(fork_table) }
  :: d_step { AT(fork_pte) && slot_of(page[me]) != slot[me] -> fork_unlock_tables(); slot[me]++; GO(fork_slot) }
  /* F8: no CPU can write any more below a marker. This is the instant the child shall see. */
  :: d_step { AT(fork_flushed) -> snapshot(); GO(fork_unlock) }
  /* F9, F10. */
  :: d_step { AT(fork_unlock) && !bound[CHILD] -> bound[CHILD] = 1; bound[PARENT] = 1; users[PARENT]++ }
  :: d_step { AT(fork_unlock) && bound[CHILD] -> drop_write(PARENT); GO(fork_wake) }
  :: d_step { AT(fork_wake) -> fork_result = 1; users[CHILD] = 1; pc[CHILD_THREAD] = copier_start; finish() }

/* ---- fork has failed: flush, markers, pointers, lock, and what there is of the child ---- */
#define UNMARK_DUE (SOME_TO_UNMARK && !M(phase_1_keeps_markers))
#define UNTIE_DUE (TIED != NONE && !M(phase_1_keeps_pointers))
#define unmark(s) pmd_rw[TABLE(PARENT, s)] = 1
#define untie(v) FAR(v) = NONE; ptr[VMA(PARENT, v)] = NONE
  :: d_step { AT(fork_failed_) -> rest(); page[me] = 0; flush(PARENT, 0, PAGES, fork_undo) }
  :: d_step { AT(fork_undo) && UNMARK_DUE -> unmark_one() }
  :: d_step { AT(fork_undo) && !UNMARK_DUE && UNTIE_DUE -> n = TIED; untie(n) }
  :: d_step { AT(fork_undo) && !UNMARK_DUE && !UNTIE_DUE -> drop_write(PARENT); GO(fork_destroy) }
  :: d_step { AT(fork_destroy) -> tear_down(CHILD); fork_result = 2; finish() }

/* ---- It has failed after F10: the lock again, as siblings may be copying into the child by now ---- */
  :: d_step { AT(fork_wake) && MAY_FAIL(forkLate) ->
       failures_left--; fork_failed = 1; forked = 0; GO(fork_late) }
  :: d_step { AT(fork_late) && bound[CHILD] -> waiting[PARENT] = waiting[PARENT] | bit(me); GO(late_lock) }
  :: d_step { AT(late_lock) && may_write_lock(PARENT) ->
       waiting[PARENT] = waiting[PARENT] & (255 - bit(me)); writer[PARENT] = me; GO(late_undo) }
  :: d_step { AT(late_undo) && SOME_TO_UNMARK -> unmark_one() }
  :: d_step { AT(late_undo) && !SOME_TO_UNMARK && TIED != NONE -> n = TIED; untie(n) }
  :: d_step { AT(late_undo) && TIED == NONE ->
       unbind(); users[PARENT]--; drop_write(PARENT); GO(fork_late) }
  :: d_step { AT(fork_late) && !bound[CHILD] -> GO(fork_destroy) }
