/* What any process does: its CPU in user mode, faults, and the system calls that change its memory. Options of the
 * loop in async-fork.pml. */

/* ---- User mode ---- */
#define MY_PAGE (OP_FROM == ANY -> page[me] : OP_FROM)       /* the page the program is about to touch */
#define ACCESS (AT(user) && (THE_OP == o_read || THE_OP == o_write) && MY_PAGE < PAGES)
#define WRITES (THE_OP == o_write)
#define CACHED (tlb[TLB(me, MY_PAGE)] != NONE)
#define HIT (CACHED && (!WRITES || tlb_rw[TLB(me, MY_PAGE)]))
#define FORBIDDEN (WRITES && CACHED && !tlb_rw[TLB(me, MY_PAGE)])
#define PICKS (AT(user) && THE_OP != o_end && OP_FROM == ANY && page[me] == PAGES)
#define PICK(p) :: d_step { PICKS && p < PAGES -> page[me] = p }
  PICK(0) PICK(1) PICK(2) PICK(3) PICK(4) PICK(5) PICK(6) PICK(7)
  :: d_step { ACCESS && !WRITES && HIT -> finish() }
  /* Whatever the tables say by now. Who stores to a page that is just being taken away may lose the store. */
  :: d_step { ACCESS && WRITES && HIT ->
       f = tlb[TLB(me, MY_PAGE)]; value[f] = OP_VALUE; waits = 0;
       for (i : 0 .. THREADS - 1) {
         if
         :: mm_of(i) == my_mm && frame[i] == f && (pc[i] == zap_free || after[i] == zap_free) -> waits = 1
         :: else
         fi
       }
       if
       :: !waits && expected[my_mm * PAGES + MY_PAGE] != UNMAPPED -> expected[my_mm * PAGES + MY_PAGE] = OP_VALUE
       :: else
       fi;
       finish() }
  /* The hardware walk fills the TLB; the access itself comes later. */
  :: d_step { ACCESS && !HIT && !FORBIDDEN && permits(my_mm, MY_PAGE, WRITES) ->
       i = MY_PAGE; tlb[TLB(me, i)] = pte[PTE(my_mm, i)]; tlb_rw[TLB(me, i)] = permits(my_mm, i, true) }
  /* #PF; x86 drops what it has cached for the page. */
  :: d_step { ACCESS && !HIT && (FORBIDDEN || !permits(my_mm, MY_PAGE, WRITES)) ->
       i = MY_PAGE; page[me] = i; tlb[TLB(me, i)] = NONE; tlb_rw[TLB(me, i)] = 0; GO(fault_lock) }
  :: d_step { BEGINS(o_exit) && may_put_mm(my_mm) ->
       n = 0;
       for (i : 0 .. THREADS - 1) {
         if
         :: i != me && mm_of(i) == my_mm && pc[i] != gone -> n = 1
         :: else
         fi
       }
       if
       :: n -> killed[my_mm] = 1
       :: else
       fi;
       leave() }
  :: d_step { AT(user) && killed[my_mm] && may_put_mm(my_mm) -> leave() }

/* ---- Locks and flushes ---- */
  :: d_step { AT(lock_write) && may_write_lock(PARENT) ->
       waiting[PARENT] = waiting[PARENT] & (255 - bit(me)); writer[PARENT] = me;
       if
       :: is_child -> GO(copier_drain)
       :: !is_child && THE_OP == o_fork -> GO(fork_vma)
       :: !is_child && THE_OP == o_munmap -> GO(munmap_split)
       :: !is_child && THE_OP == o_mmap -> GO(mmap_find)
       fi }
  /* A system call waits killably; the copier does not. */
  :: d_step { AT(lock_write) && !is_child && killed[PARENT] ->
       waiting[PARENT] = waiting[PARENT] & (255 - bit(me));
       if
       :: THE_OP == o_fork -> fork_result = 2; fork_failed = 1
       :: else
       fi;
       finish() }
  :: d_step { AT(call_unlock) -> drop_write(my_mm); finish() }
  :: d_step { AT(call_unlock_read) -> drop_read(my_mm); finish() }
  :: d_step { AT(flush_wait) && asked[me] == 0 ->
       GO(after[me]); after[me] = user; flush_from[me] = 0; flush_to[me] = 0 }
  /* The interrupt that answers, on this CPU, wherever its thread is. */
#define ANSWER(u) :: d_step { (asked[u] & bit(me)) != 0 -> \
    drop_translations(me, flush_from[u], flush_to[u]); asked[u] = asked[u] & (255 - bit(me)) }
  ANSWER(0) ANSWER(1)
#if THREADS > 2
  ANSWER(2)
#endif

/* ---- A page fault, under mmap_lock for reading ---- */
#define MY_PTE PTE(my_mm, page[me])
#define READABLE_PTE (unlocked(my_mm, page[me]) && !empty(my_mm, page[me]))
#define READ_ONLY_PTE (WRITES && !pte_rw[MY_PTE])
  :: d_step { AT(fault_lock) && may_read(my_mm) ->
       take_read(my_mm); n = VMA_HERE;
       if
       :: n == NONE -> GO(fault_fail)
       :: n != NONE && WRITES && !may_write[VMA(my_mm, n)] -> GO(fault_fail)
       :: else -> GO(fault_walk)
       fi }
  :: d_step { AT(fault_walk) && !SYNC_BEFORE_FAULT ->
       if
       :: has_table(my_mm, page[me]) -> GO(fault_pte)
       :: else -> GO(fault_table)
       fi }
  :: d_step { AT(fault_table) ->
       if
       :: !has_table(my_mm, page[me]) ->
            pmd[TABLE(my_mm, slot_of(page[me]))] = 1; pmd_rw[TABLE(my_mm, slot_of(page[me]))] = 1
       :: else
       fi;
       GO(fault_pte) }
  :: d_step { AT(fault_table) && MAY_FAIL(faultTable) -> failures_left--; fault_failed = 1; GO(fault_fail) }
  :: d_step { AT(fault_pte) && unlocked(my_mm, page[me]) && empty(my_mm, page[me]) -> GO(fault_zero) }
  /* A first touch: zeros, if the entry is still empty. */
  :: d_step { AT(fault_zero) && unlocked(my_mm, page[me]) ->
       if
       :: empty(my_mm, page[me]) ->
            take_frame(page[me], ZEROS); pte[MY_PTE] = f; pte_rw[MY_PTE] = may_write[VMA(my_mm, VMA_HERE)]
       :: else
       fi;
       GO(fault_unlock) }
  :: d_step { AT(fault_zero) && MAY_FAIL(faultFrame) -> failures_left--; fault_failed = 1; GO(fault_fail) }
  /* W4: nobody else has the frame. */
  :: d_step { AT(fault_pte) && READABLE_PTE && READ_ONLY_PTE && sole_owner(pte[MY_PTE]) ->
       pte_rw[MY_PTE] = 1; exclusive[pte[MY_PTE]] = 1; GO(fault_unlock) }
  :: d_step { AT(fault_pte) && READABLE_PTE && READ_ONLY_PTE && !sole_owner(pte[MY_PTE]) ->
       frame[me] = pte[MY_PTE]; refs[frame[me]]++; GO(fault_copy) }
  :: d_step { AT(fault_pte) && READABLE_PTE && !READ_ONLY_PTE -> GO(fault_unlock) }
  /* W5: no lock is held but mmap_lock. */
  :: d_step { AT(fault_copy) -> copy[me] = value[frame[me]]; GO(fault_install) }
  :: d_step { AT(fault_copy) && MAY_FAIL(cowFrame) ->
       put_frame(frame[me]); frame[me] = NONE; failures_left--; fault_failed = 1; GO(fault_fail) }
  /* W6: still the same? W7: cleared and flushed, with the table's lock kept, before the copy goes in. */
#define PTE_SAME (!empty(my_mm, page[me]) && pte[MY_PTE] == frame[me] && READ_ONLY_PTE)
  :: d_step { AT(fault_install) && unlocked(my_mm, page[me]) && PTE_SAME ->
       ptl[TABLE(my_mm, slot_of(page[me]))] = me; clear_pte(MY_PTE);
       flush(my_mm, page[me], page[me] + 1, fault_set) }
  :: d_step { AT(fault_install) && unlocked(my_mm, page[me]) && !PTE_SAME ->
       put_frame(frame[me]); frame[me] = NONE; copy[me] = 0; GO(fault_unlock) }
  :: d_step { AT(fault_set) ->
       take_frame(page[me], copy[me]); pte[MY_PTE] = f; pte_rw[MY_PTE] = 1;
       maps[frame[me]]--; put_frame(frame[me]); put_frame(frame[me]);
       ptl[TABLE(my_mm, slot_of(page[me]))] = NONE;
       frame[me] = NONE; copy[me] = 0; GO(fault_unlock) }
  :: d_step { AT(fault_unlock) -> drop_read(my_mm); rest(); GO(user) }
  :: d_step { AT(fault_fail) -> drop_read(my_mm); finish() }

/* ---- Removing pages: cleared, flushed, freed, one after the other ---- */
#define next_to_zap() page[me]++; \
    if \
    :: page[me] == OP_TO || page[me] % TABLE_PAGES == 0 -> GO(zap_table) \
    :: else -> GO(zap_pte) \
    fi
  :: d_step { BEGINS(o_dontneed) && may_read(my_mm) -> take_read(my_mm); page[me] = OP_FROM; GO(zap_table) }
  :: d_step { AT(zap_table) && !SYNC_BEFORE_ZAP && page[me] < OP_TO && !has_table(my_mm, page[me]) ->
       i = (slot_of(page[me]) + 1) * TABLE_PAGES; page[me] = (i < OP_TO -> i : OP_TO) }
  :: d_step { AT(zap_table) && !SYNC_BEFORE_ZAP && page[me] < OP_TO && has_table(my_mm, page[me]) -> GO(zap_pte) }
  :: d_step { AT(zap_table) && page[me] == OP_TO ->
       if
       :: THE_OP == o_munmap -> GO(munmap_tables)
       :: else -> GO(call_unlock_read)
       fi }
  :: d_step { AT(zap_pte) && unlocked(my_mm, page[me]) && empty(my_mm, page[me]) -> next_to_zap() }
  :: d_step { AT(zap_pte) && READABLE_PTE ->
       frame[me] = pte[MY_PTE]; maps[frame[me]]--; clear_pte(MY_PTE);
       if
       :: expected[my_mm * PAGES + page[me]] != UNMAPPED -> expected[my_mm * PAGES + page[me]] = ZEROS
       :: else
       fi;
       flush(my_mm, page[me], page[me] + 1, zap_free) }
  :: d_step { AT(zap_free) -> put_frame(frame[me]); frame[me] = NONE; next_to_zap() }

/* ---- munmap: VMAs out of the tree under the write lock, then the pages and tables under the read lock ---- */
  :: d_step { BEGINS(o_munmap) -> queue_to_write(PARENT) }
  :: d_step { AT(munmap_split) -> GO(split) }
  :: d_step { AT(split) && !SYNC_BEFORE_SPLIT && VMA_TO_SPLIT == NONE -> GO(munmap_detach) }
  :: d_step { AT(split) && !SYNC_BEFORE_SPLIT && VMA_TO_SPLIT != NONE -> GO(split_cut) }
  :: d_step { AT(split) && !SYNC_BEFORE_SPLIT && VMA_TO_SPLIT != NONE && MAY_FAIL(vma) ->
       failures_left--; call_failed = 1; GO(call_unlock) }
  :: d_step { AT(split_cut) ->
       n = VMA_TO_SPLIT; j = SPARE_VMA; i = (CUT_LOW != NONE -> OP_FROM : OP_TO);
       start[VMA(my_mm, j)] = i; end_[VMA(my_mm, j)] = end_[VMA(my_mm, n)]; end_[VMA(my_mm, n)] = i;
       may_write[VMA(my_mm, j)] = may_write[VMA(my_mm, n)]; ptr[VMA(my_mm, j)] = ptr[VMA(my_mm, n)]; GO(split) }
  :: d_step { AT(munmap_detach) && !SYNC_BEFORE_MUNMAP && VMA_IN_RANGE != NONE ->
       n = VMA_IN_RANGE;
       for (i : start[VMA(my_mm, n)] .. end_[VMA(my_mm, n)] - 1) { expected[my_mm * PAGES + i] = UNMAPPED }
       start[VMA(my_mm, n)] = 0; end_[VMA(my_mm, n)] = 0; may_write[VMA(my_mm, n)] = 0; ptr[VMA(my_mm, n)] = NONE }
  :: d_step { AT(munmap_detach) && VMA_IN_RANGE == NONE ->
       drop_write(my_mm); take_read(my_mm); page[me] = OP_FROM; GO(zap_table) }
  :: d_step { AT(munmap_tables) && TO_FREE != NONE && ptl[TABLE(my_mm, TO_FREE)] == NONE ->
       taken[me] = TO_FREE; pmd[TABLE(my_mm, taken[me])] = 0; pmd_rw[TABLE(my_mm, taken[me])] = 0;
       flush(my_mm, taken[me] * TABLE_PAGES, (taken[me] + 1) * TABLE_PAGES, munmap_free) }
  :: d_step { AT(munmap_free) -> taken[me] = NONE; GO(munmap_tables) }
  :: d_step { AT(munmap_tables) && TO_FREE == NONE -> GO(call_unlock_read) }

/* ---- mmap of anonymous memory at a given place ---- */
#define MAY_GROW(v) ((v) != NONE && may_write[VMA(my_mm, v)] == OP_WRITABLE)
#define map_fresh() for (i : OP_FROM .. OP_TO - 1) { expected[my_mm * PAGES + i] = ZEROS }
  :: d_step { BEGINS(o_mmap) -> queue_to_write(PARENT) }
  :: d_step { AT(mmap_find) ->
       if
       :: VMA_IN_RANGE == NONE -> GO(mmap_merge)
       :: else -> GO(call_unlock)
       fi }
  :: d_step { AT(mmap_merge) && !SYNC_BEFORE_MMAP && (MAY_GROW(VMA_BELOW) || MAY_GROW(VMA_ABOVE)) ->
       n = VMA_BELOW; j = VMA_ABOVE;
       if
       :: MAY_GROW(n) && MAY_GROW(j) ->
            end_[VMA(my_mm, n)] = end_[VMA(my_mm, j)];
            start[VMA(my_mm, j)] = 0; end_[VMA(my_mm, j)] = 0; may_write[VMA(my_mm, j)] = 0; ptr[VMA(my_mm, j)] = NONE
       :: MAY_GROW(n) && !MAY_GROW(j) -> end_[VMA(my_mm, n)] = OP_TO
       :: !MAY_GROW(n) && MAY_GROW(j) -> start[VMA(my_mm, j)] = OP_FROM
       fi;
       map_fresh();
       GO(call_unlock) }
#define NEW_VMA (AT(mmap_merge) && !SYNC_BEFORE_MMAP && !MAY_GROW(VMA_BELOW) && !MAY_GROW(VMA_ABOVE))
  :: d_step { NEW_VMA ->
       n = SPARE_VMA; start[VMA(my_mm, n)] = OP_FROM; end_[VMA(my_mm, n)] = OP_TO;
       may_write[VMA(my_mm, n)] = OP_WRITABLE;
       map_fresh();
       GO(call_unlock) }
  :: d_step { NEW_VMA && MAY_FAIL(vma) -> failures_left--; call_failed = 1; GO(call_unlock) }
