/* The child, before its first user instruction: VMA by VMA what fork has left to it (C1 to C5). Options of the loop in
 * async-fork.pml. */

#define STOP (killed[CHILD] || copy_failed)
#define AHEAD CHILD_VMA_AHEAD
#define PTR_AHEAD (AHEAD == NONE -> NONE : ptr[VMA(CHILD, AHEAD)])
#define PTR_HERE ptr[VMA(CHILD, vma[me])]
  /* C1. */
  :: d_step { AT(copier_start) && may_read(PARENT) ->
       take_read(PARENT); page[me] = 0; whole[me] = 1; GO(copier_vma) }
  :: d_step { AT(copier_relock) && may_read(PARENT) -> take_read(PARENT); GO(copier_vma) }
  /* C2: a fatal signal; an error code of the parent's; nothing to do; the VMA. */
  :: d_step { AT(copier_vma) && STOP && !M(kill_goes_unnoticed) ->
       if
       :: M(kill_skips_rollback) -> GO(copier_finish)
       :: else -> GO(copier_fail)
       fi }
  :: d_step { AT(copier_vma) && !STOP && PTR_AHEAD == ERROR && !M(error_checked_after_only) -> GO(copier_fail) }
  :: d_step { AT(copier_vma) && !STOP && AHEAD != NONE &&
              (PTR_AHEAD == NONE || (PTR_AHEAD == ERROR && M(error_checked_after_only))) ->
       page[me] = end_[VMA(CHILD, AHEAD)] }
  :: d_step { AT(copier_vma) && !STOP && PTR_AHEAD < ERROR ->
       vma[me] = AHEAD; slot[me] = slot_of(start[VMA(CHILD, vma[me])]); for_child[me] = 1;
       GO(copy_table_check) }
  :: d_step { AT(copier_vma) && !STOP && AHEAD == NONE -> page[me] = PAGES; GO(copier_join) }
  :: d_step { AT(copier_next) ->
       if
       :: HAS_NEXT_SLOT(CHILD) -> slot[me]++; GO(copy_table_check)
       :: else -> GO(copier_check)
       fi }
  /* The error code once more: a rollback in the middle of this walk left tables that look like copied ones. */
  :: d_step { AT(copier_check) && PTR_HERE == ERROR && !M(error_checked_before_only) -> GO(copier_fail) }
  :: d_step { AT(copier_check) && (PTR_HERE < ERROR || (PTR_HERE == ERROR && M(error_checked_before_only))) ->
       GO(copier_close) }
  /* The child's end first, then the parent's. */
  :: d_step { AT(copier_close) ->
       if
       :: M(copier_closes_parent_first) -> ptr[VMA(PARENT, vma[me])] = NONE
       :: else -> PTR_HERE = NONE
       fi;
       GO(copier_close_parent) }
  :: d_step { AT(copier_close_parent) ->
       if
       :: M(copier_closes_parent_first) -> PTR_HERE = NONE
       :: M(copier_leaves_vma_tied)
       :: else -> ptr[VMA(PARENT, vma[me])] = NONE
       fi;
       GO(copier_closed) }
  :: d_step { AT(copier_closed) ->
       page[me] = end_[VMA(CHILD, vma[me])]; vma[me] = 0; slot[me] = 0; for_child[me] = 0;
       if
       :: COPIER_LOCKS_VMA -> drop_read(PARENT); GO(copier_relock)
       :: else -> GO(copier_vma)
       fi }
  /* Phase 2: every marker and pointer back, and SIGKILL to itself. */
  :: d_step { AT(copier_fail) -> rest(); copy_failed = 1; page[me] = PAGES; GO(copier_join) }
  :: d_step { AT(copier_join) && copy_failed -> drop_read(PARENT); GO(copier_reread) }
  :: d_step { AT(copier_reread) && may_read(PARENT) -> take_read(PARENT); GO(copier_undo) }
  :: d_step { AT(copier_join) && !copy_failed && whole[me] -> whole[me] = 0; GO(copier_finish) }
  :: d_step { AT(copier_undo) && SOME_TO_UNMARK && !M(phase_2_keeps_markers) -> unmark_one() }
  :: d_step { AT(copier_undo) && (!SOME_TO_UNMARK || M(phase_2_keeps_markers)) && TIED != NONE -> n = TIED; untie(n) }
  :: d_step { AT(copier_undo) && TIED == NONE ->
       if
       :: M(phase_2_survives)
       :: M(phase_2_kills_the_parent) -> killed[PARENT] = 1
       :: else -> killed[CHILD] = 1
       fi;
       GO(copier_finish) }
  /* C3, C4: the write lock proves that no thread of the parent is still copying into the child. */
  :: d_step { AT(copier_finish) -> drop_read(PARENT); GO(copier_queue) }
  :: d_step { AT(copier_queue) ->
       if
       :: M(no_drain) -> unbind(); GO(copier_put)
       :: else -> queue_to_write(PARENT)
       fi }
  :: d_step { AT(copier_drain) -> unbind(); drop_write(PARENT); GO(copier_put) }
  :: d_step { AT(copier_put) && may_put_mm(PARENT) ->
       rest(); page[me] = PAGES;
       if
       :: killed[CHILD] -> GO(copier_die)
       :: else -> GO(user)
       fi;
       if
       :: !M(no_mmput) -> put_mm(PARENT)
       :: else
       fi }
  /* C5. */
  :: d_step { AT(copier_die) && may_put_mm(CHILD) -> leave() }
