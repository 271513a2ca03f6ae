/* Copying one table, S0 to S9, by the child or by the parent for it; and the parent's reasons to (phase 3 when it
 * fails). Options of the loop in async-fork.pml. */

#define MINE TABLE(CHILD, slot[me])                          /* the child's table, which carries the copy lock */
#define SOURCE TABLE(PARENT, slot[me])
#define TO_COPY ((marked(slot[me]) || pmd[MINE]) && covers(my_mm, vma[me], slot[me]))
#define HAS_NEXT_SLOT(m) ((slot[me] + 1) * TABLE_PAGES < end_[VMA(m, vma[me])])
#define leave_sync() GO(back[me]); back[me] = user; for_child[me] = 0; whole[me] = 0; vma[me] = 0; slot[me] = 0
#define leave_table() entry[me] = 0; \
    if \
    :: is_child -> GO(copier_next) \
    :: !is_child && whole[me] -> GO(sync_next) \
    :: else -> leave_sync() \
    fi
#define fail_copy() failures_left--; entry[me] = 0; \
    if \
    :: is_child -> copier_failed = 1; GO(copier_fail) \
    :: else -> sync_failed = 1; GO(sync_fail) \
    fi
#define unlock_tables() ptl[SOURCE] = NONE; ptl[MINE] = NONE
  /* S0: an unlocked look. */
  :: d_step { AT(copy_table_check) && !TO_COPY -> leave_table() }
  :: d_step { AT(copy_table_check) && TO_COPY ->
       if
       :: pmd[MINE] -> GO(copy_table_child_lock)
       :: else -> GO(copy_table_allocate)
       fi }
  /* S1: of two allocators the later one finds a table and frees its own. Then the lock of the child's table. */
  :: d_step { AT(copy_table_allocate) ->
       if
       :: !pmd[MINE] -> pmd[MINE] = 1; pmd_rw[MINE] = 1
       :: else
       fi;
       GO(copy_table_child_lock) }
  :: d_step { AT(copy_table_allocate) && (is_child -> MAY_FAIL(copierTable) : MAY_FAIL(syncTable)) -> fail_copy() }
  :: d_step { AT(copy_table_child_lock) && ptl[MINE] == NONE -> ptl[MINE] = me; GO(copy_table_lock) }
  /* S2: the copy lock, by trying; who fails sleeps without the lock of the table. */
  :: d_step { AT(copy_table_lock) && (page_lock[MINE] == NONE || page_lock[MINE] == me || M(no_copy_lock)) ->
       page_lock[MINE] = me; GO(copy_table_parent_lock) }
  :: d_step { AT(copy_table_lock) && page_lock[MINE] != NONE && page_lock[MINE] != me && !M(no_copy_lock) ->
       if
       :: !M(waits_with_spinlock) -> ptl[MINE] = NONE
       :: else
       fi;
       GO(copy_table_wait) }
  :: d_step { AT(copy_table_wait) && page_lock[MINE] == NONE -> GO(copy_table_child_lock) }
  /* S3, and S4: somebody else was faster. */
  :: d_step { AT(copy_table_parent_lock) && ptl[SOURCE] == NONE ->
       ptl[SOURCE] = me; GO(copy_table_copy);
       if
       :: M(marker_cleared_first) && marked(slot[me]) -> pmd_rw[SOURCE] = 1
       :: else
       fi }
#define NO_RECHECK (M(marker_cleared_first) || M(no_recheck_under_lock))
#define STILL_MARKED (NO_RECHECK || marked(slot[me]))
#define LAST_ENTRY (M(copy_stops_short) -> TABLE_PAGES - 1 : TABLE_PAGES)
#define AT_ENTRY (AT(copy_table_copy) && STILL_MARKED && entry[me] < LAST_ENTRY)
  :: d_step { AT(copy_table_copy) && !STILL_MARKED -> unlock_tables(); GO(copy_table_unlock) }
  /* S5: the child gets an entry, and both lose the right to write. */
#define copy_entry() \
    if \
    :: M(sync_copies_one_page) && !is_child && !whole[me] && slot[me] * TABLE_PAGES + entry[me] != page[me] \
    :: else -> share(slot[me] * TABLE_PAGES + entry[me]) \
    fi; \
    entry[me]++
  :: d_step { AT_ENTRY ->
       i = PTE(PARENT, slot[me] * TABLE_PAGES + entry[me]); waits = pte_rw[i];
       copy_entry();
       if
       :: M(copy_leaves_parent_writable) -> pte_rw[i] = waits
       :: M(copy_takes_no_reference) && pte[i] != NONE -> refs[pte[i]]--
       :: else
       fi }
  /* Both locks may be dropped between two entries; the copy lock is kept. */
  :: d_step { AT(copy_table_copy) && marked(slot[me]) && entry[me] < TABLE_PAGES && MAY_PAUSE(entry[me]) ->
       share(slot[me] * TABLE_PAGES + entry[me]); entry[me]++; unlock_tables(); GO(copy_table_child_lock);
       if
       :: M(pause_drops_copy_lock) -> page_lock[MINE] = NONE
       :: else
       fi }
  /* S6; S8: writable again once nothing below is; S9. */
  :: d_step { AT(copy_table_copy) && STILL_MARKED && entry[me] >= LAST_ENTRY -> unlock_tables(); GO(copy_table_copied) }
  :: d_step { AT(copy_table_copied) && ptl[SOURCE] == NONE -> unmark(slot[me]); GO(copy_table_unlock) }
  :: d_step { AT(copy_table_unlock) ->
       if
       :: !M(copy_lock_kept) -> page_lock[MINE] = NONE
       :: else
       fi;
       if
       :: M(table_sync_closes_vma) && !is_child && !whole[me] && is_tied(vma[me]) -> untie(vma[me])
       :: else
       fi;
       leave_table() }

/* ---- The parent synchronises one table or a whole VMA ---- */
#define sync_table(then) vma[me] = VMA_HERE; slot[me] = slot_of(page[me]); back[me] = then; \
    for_child[me] = 1; GO(copy_table_check)
#define sync_vma(v, then) vma[me] = v; slot[me] = slot_of(start[VMA(PARENT, v)]); whole[me] = 1; \
    back[me] = then; for_child[me] = 1; GO(copy_table_check)
  :: d_step { AT(fault_walk) && SYNC_BEFORE_FAULT -> sync_table(fault_pte) }
  :: d_step { AT(zap_table) && SYNC_BEFORE_ZAP -> sync_table(zap_pte) }
  :: d_step { AT(split) && SYNC_BEFORE_SPLIT -> n = VMA_TO_SPLIT; sync_vma(n, split) }
  :: d_step { AT(munmap_detach) && SYNC_BEFORE_MUNMAP -> n = VMA_IN_RANGE; sync_vma(n, munmap_detach) }
  :: d_step { AT(mmap_merge) && SYNC_BEFORE_MMAP -> n = TIED_BESIDE; sync_vma(n, mmap_merge) }
#define CHILD_IS_TIED (is_tied(vma[me]) && FAR(vma[me]) < ERROR)
  :: d_step { AT(sync_next) ->
       if
       :: HAS_NEXT_SLOT(PARENT) -> slot[me]++; GO(copy_table_check)
       :: else -> GO(sync_close)
       fi }
  /* The child's end first. An error code stays. */
  :: d_step { AT(sync_close) ->
       if
       :: CHILD_IS_TIED -> FAR(vma[me]) = NONE
       :: else
       fi;
       GO(sync_close_parent) }
  :: d_step { AT(sync_close_parent) -> ptr[VMA(PARENT, vma[me])] = NONE; leave_sync() }
#define STORE_ERROR (is_tied(vma[me]) && (FAR(vma[me]) < ERROR || M(error_stored_blindly)))
  /* Phase 3. The code goes in by compare-and-exchange, before any marker goes: else the child could take unmarked
   * tables for copied ones and be done before it hears of it. */
  :: d_step { AT(sync_fail) && STORE_ERROR ->
       if
       :: !M(phase_3_tells_nobody) && !M(phase_3_undoes_first) -> FAR(vma[me]) = ERROR
       :: else
       fi;
       if
       :: M(phase_3_keeps_markers) -> GO(sync_close_parent)
       :: else -> slot[me] = slot_of(start[VMA(PARENT, vma[me])]); GO(sync_undo)
       fi }
  :: d_step { AT(sync_fail) && !STORE_ERROR -> leave_sync() }
  /* This VMA's markers and no others: those are for the child to give back. */
  :: d_step { AT(sync_undo) ->
       if
       :: M(phase_3_undoes_every_vma) ->
            for (i : 0 .. SLOTS - 1) {
              if
              :: marked(i) -> unmark(i)
              :: else
              fi
            }
            GO(sync_close_parent)
       :: else ->
            if
            :: marked(slot[me]) && covers(PARENT, vma[me], slot[me]) -> unmark(slot[me])
            :: else
            fi;
            if
            :: HAS_NEXT_SLOT(PARENT) -> slot[me]++
            :: else ->
                 if
                 :: M(phase_3_undoes_first) && CHILD_IS_TIED -> FAR(vma[me]) = ERROR
                 :: else
                 fi;
                 GO(sync_close_parent)
            fi
       fi }
