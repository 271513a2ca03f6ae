/* One thing done wrong, by the names of forkcheck's mutants. Which one is chosen when the verifier is started (its
 * number in the environment, MUTANT; none is 0) and not when it is compiled, as compiling takes most of the time. It is
 * no part of a state. */
c_decl {
  int chosen;
  __attribute__((constructor)) static void choose(void) {
    const char *number = getenv("MUTANT");
    chosen = number ? atoi(number) : 0;
  }
}
#define M(mutant) c_expr { chosen == mutant }

#define no_sync_before_zap 1
#define no_sync_before_munmap 2
#define no_sync_before_mmap 3
#define binds_no_vma 4
#define no_fork_flush 5
#define phase_1_keeps_markers 6
#define phase_1_keeps_pointers 7
#define no_copy_lock 8
#define waits_with_spinlock 9
#define marker_cleared_first 10
#define no_recheck_under_lock 11
#define copy_stops_short 12
#define sync_copies_one_page 13
#define copy_leaves_parent_writable 14
#define copy_takes_no_reference 15
#define pause_drops_copy_lock 16
#define copy_lock_kept 17
#define table_sync_closes_vma 18
#define phase_3_tells_nobody 19
#define phase_3_undoes_first 20
#define phase_3_keeps_markers 21
#define phase_3_undoes_every_vma 22
#define kill_goes_unnoticed 23
#define kill_skips_rollback 24
#define error_checked_before_only 25
#define error_checked_after_only 26
#define error_stored_blindly 27
#define copier_closes_parent_first 28
#define copier_leaves_vma_tied 29
#define phase_2_keeps_markers 30
#define phase_2_survives 31
#define phase_2_kills_the_parent 32
#define no_drain 33
#define no_mmput 34
#define no_sync_before_split 35
