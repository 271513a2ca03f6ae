/* What must hold in every state, by the names of forkcheck's properties. A state in which one does not is counted: the
 * step that says so changes nothing, so it is taken once for each such state. */

#define SOME_OF(n, test, x) ((0 < n && test(0, x)) || (1 < n && test(1, x)) || (2 < n && test(2, x)) || \
  (3 < n && test(3, x)) || (4 < n && test(4, x)) || (5 < n && test(5, x)) || (6 < n && test(6, x)) || \
  (7 < n && test(7, x)))
#define SOME_THREAD(test, x) ((0 < THREADS && test(0, x)) || (1 < THREADS && test(1, x)) || (2 < THREADS && test(2, x)))
/* The same, for use inside of it. */
#define SOME_ASKER(test, x) (test(0, x) || test(1, x) || (2 < THREADS && test(2, x)))
#define SOME_PAGE(test, x) SOME_OF(PAGES, test, x)
#define child_runs (pc[CHILD_THREAD] == user)
#define child_is_gone (fork_result != 0 && (pc[CHILD_THREAD] == gone || pc[CHILD_THREAD] == unborn))
#define at_or_flushing(t, place) (pc[t] == place || (pc[t] == flush_wait && after[t] == place))

/* What a read of a page finds. Who comes while an entry is being replaced waits, and finds the copy. */
#define replaces(t, p) (mm_of(t) == PARENT && page[t] == p && at_or_flushing(t, fault_set))
#define replaced(p) (replaces(0, p) -> copy[0] : copy[1])
#define found(m, p) (empty(m, p) -> ZEROS : value[pte[PTE(m, p)]])
#define maps_child_page(v, p) in_vma(CHILD, v, p)
#define wrong_in_child(p, x) ( \
  expected[CHILD * PAGES + p] != (SOME_VMA(maps_child_page, p) -> found(CHILD, p) : UNMAPPED))
#define childSeesForkTimeMemory (!(child_runs && SOME_PAGE(wrong_in_child, 0)))
#define is_replaced(t, p) (t != CHILD_THREAD && replaces(t, p))
#define found_by_parent(p) (SOME_THREAD(is_replaced, p) -> replaced(p) : found(PARENT, p))
#define wrong_in_parent(p, x) (expected[p] != UNMAPPED && \
  expected[p] != (SOME_VMA(maps_page, p) -> found_by_parent(p) : UNMAPPED))
#define parentKeepsItsWrites (!SOME_PAGE(wrong_in_parent, 0))

/* A frame is shared by the same page of both or by none: nothing here moves or merges pages. */
#define is_shared(p, x) (!empty(PARENT, p) && !empty(CHILD, p) && pte[PTE(PARENT, p)] == pte[PTE(CHILD, p)] && \
  (permits(PARENT, p, true) || permits(CHILD, p, true)))
#define neitherWritesWhatBothMap (!SOME_PAGE(is_shared, 0))

#define ONE_IF(test) ((test) -> 1 : 0)
#define maps_frame(x, f) ONE_IF((x) < 2 * PTES && pte[x] == (f))
#define replaces_frame(t, f) ONE_IF(at_or_flushing(t, fault_set) && frame[t] == (f))
#define holds_frame(t, f) ONE_IF(frame[t] == (f))
#define four_ptes(x, f) maps_frame(x, f) + maps_frame(x + 1, f) + maps_frame(x + 2, f) + maps_frame(x + 3, f)
#if PTES > 2
#define ptes_4(f) four_ptes(4, f)
#else
#define ptes_4(f) 0
#endif
#if PTES > 4
#define ptes_8(f) four_ptes(8, f)
#else
#define ptes_8(f) 0
#endif
#if PTES > 6
#define ptes_12(f) four_ptes(12, f)
#else
#define ptes_12(f) 0
#endif
#if THREADS > 2
#define replaces_2(f) replaces_frame(2, f)
#define holds_2(f) holds_frame(2, f)
#else
#define replaces_2(f) 0
#define holds_2(f) 0
#endif
#define mappings(f) (four_ptes(0, f) + ptes_4(f) + ptes_8(f) + ptes_12(f) + \
  replaces_frame(0, f) + replaces_frame(1, f) + replaces_2(f))
#define holders(f) (holds_frame(0, f) + holds_frame(1, f) + holds_2(f))
#define miscounted(f) ((f) < FRAMES && (maps[f] != mappings(f) || refs[f] != maps[f] + holders(f)))
#define four_frames(f) (miscounted(f) || miscounted(f + 1) || miscounted(f + 2) || miscounted(f + 3))
#if FRAMES > 8
#define frames_8 four_frames(8)
#else
#define frames_8 false
#endif
#if FRAMES > 12
#define frames_12 (four_frames(12) || four_frames(16))
#else
#define frames_12 false
#endif
#define framesAreCounted (!(four_frames(0) || four_frames(4) || frames_8 || frames_12))

/* A CPU may cache what is forbidden only while a flush is sure to come: fork's, or one it has been asked for. */
#define fork_will_flush(t, x) (pc[t] == fork_vma || pc[t] == fork_dup || pc[t] == fork_slot || pc[t] == fork_table || \
  pc[t] == fork_lock || pc[t] == fork_pte || pc[t] == fork_failed_)
#define asks(u, tp) ((asked[u] & bit((tp) / PAGES)) != 0 && flush_from[u] <= (tp) % PAGES && (tp) % PAGES < flush_to[u])
#define is_wrong(t, p) (refs[tlb[TLB(t, p)]] == 0 || ( \
  (empty(mm_of(t), p) || pte[PTE(mm_of(t), p)] != tlb[TLB(t, p)] || \
    (tlb_rw[TLB(t, p)] && !permits(mm_of(t), p, true))) && \
  !(mm_of(t) == PARENT && SOME_ASKER(fork_will_flush, 0)) && !SOME_ASKER(asks, TLB(t, p))))
#define is_stale(p, t) (tlb[TLB(t, p)] != NONE && is_wrong(t, p))
#define is_stale_on(t, x) SOME_PAGE(is_stale, t)
#define noStaleTranslation (!SOME_THREAD(is_stale_on, 0))

/* An unmarked table of a pair that has not been given up is in the child. */
#define is_missed(p, v) (in_vma(PARENT, v, p) && expected[CHILD * PAGES + p] > ZEROS && \
  !marked(slot_of(p)) && empty(CHILD, p))
#define is_lost(v, x) (is_tied(v) && forked && !copy_failed && FAR(v) != ERROR && SOME_PAGE(is_missed, v))
#define markersTellTheTruth (!SOME_VMA(is_lost, 0))

#define far_vma(v) ptr[VMA(PARENT, v)]
#define is_odd(v, x) ( \
  (is_tied(v) && ((FAR(v) < ERROR && FAR(v) != v) || start[VMA(PARENT, v)] != start[VMA(CHILD, far_vma(v))] || \
    end_[VMA(PARENT, v)] != end_[VMA(CHILD, far_vma(v))])) || \
  (ptr[VMA(CHILD, v)] < ERROR && ptr[VMA(PARENT, ptr[VMA(CHILD, v)])] != v))
#define boundVmasArePairs (!SOME_VMA(is_odd, 0))

#define is_still_tied(v, x) (ptr[VMA(CHILD, v)] != NONE)
#define noHalfBuiltChild (!(child_runs && (bound[CHILD] || copy_failed || SOME_VMA(is_still_tied, 0))))

#define copies(t) (pc[t] == copy_table_parent_lock || pc[t] == copy_table_copy || pc[t] == copy_table_copied || pc[t] == copy_table_unlock || \
  ((pc[t] == copy_table_child_lock || pc[t] == copy_table_lock) && entry[t] > 0))
#define copies_unlocked(t, x) (copies(t) && \
  (!pmd[TABLE(CHILD, slot[t])] || page_lock[TABLE(CHILD, slot[t])] != t))
#define is_locked_idly(i, x) (page_lock[i] != NONE && (!pmd[i] || !copies(page_lock[i])))
#define copyLockIsHeld (!(SOME_THREAD(copies_unlocked, 0) || SOME_OF(2 * SLOTS, is_locked_idly, 0)))

#define must_hold(t, i) ((at_or_flushing(t, fault_set) && i == TABLE(mm_of(t), slot_of(page[t]))) || \
  ((pc[t] == copy_table_lock || pc[t] == copy_table_parent_lock || pc[t] == copy_table_copy) && i == TABLE(CHILD, slot[t])) || \
  (pc[t] == copy_table_copy && i == TABLE(PARENT, slot[t])) || \
  ((pc[t] == fork_lock || pc[t] == fork_pte) && i == TABLE(CHILD, slot[t])) || \
  (pc[t] == fork_pte && i == TABLE(PARENT, slot[t])))
#define lacks_ptl(t, i) (t != ptl[i] && must_hold(t, i))
#define is_wrongly_held(i, x) ((ptl[i] != NONE && !must_hold(ptl[i], i)) || (pmd[i] && SOME_THREAD(lacks_ptl, i)))
#define spinlocksAreHeld (!SOME_OF(2 * SLOTS, is_wrongly_held, 0))

#define is_busy(t, x) (mm_of(t) == PARENT && pc[t] != user && pc[t] != gone)
#define parent_rests (!SOME_THREAD(is_busy, 0))
#define lives(t) ONE_IF(t < CHILD_THREAD && pc[t] != gone)
#define has_pointer(v, x) (ptr[VMA(PARENT, v)] != NONE)
#define is_marked(s, x) marked(s)
#define leaves_trace (SOME_SLOT(is_marked, 0) || SOME_VMA(has_pointer, 0) || writer[PARENT] != NONE || \
  readers[PARENT] != 0 || waiting[PARENT] != 0 || SOME_SLOT(is_spinning, PARENT) || bound[PARENT] || \
  users[PARENT] != lives(0) + lives(1))
#define snapshotLeavesNoTrace (!(parent_rests && (fork_result == 0 || child_is_gone || child_runs) && leaves_trace))

#define child_has_table(s, x) pmd[TABLE(CHILD, s)]
#define child_has_vma(v, x) is_vma(CHILD, v)
#define deadChildLeavesNothing (!(parent_rests && child_is_gone && \
  (SOME_SLOT(child_has_table, 0) || SOME_VMA(child_has_vma, 0) || users[CHILD] > 0)))

#define forkResultIsRight ( \
  !(fork_result != 0 && ((fork_result == 2) != fork_failed || (fork_result == 2 && !child_is_gone))))

#define goes_on(t, x) !((pc[t] == user && op[t * OPS + next[t]] == o_end) || pc[t] == gone || pc[t] == unborn)
#define is_final (!SOME_THREAD(goes_on, 0))

#define ALWAYS(number, property) :: d_step { !(property) -> printf("violated %d\n", number); assert(false) }
active proctype monitor() {
end:
  do
  ALWAYS(1, childSeesForkTimeMemory)
  ALWAYS(2, parentKeepsItsWrites)
  ALWAYS(3, neitherWritesWhatBothMap)
  ALWAYS(4, framesAreCounted)
  ALWAYS(5, noStaleTranslation)
  ALWAYS(6, markersTellTheTruth)
  ALWAYS(7, boundVmasArePairs)
  ALWAYS(8, noHalfBuiltChild)
  ALWAYS(9, copyLockIsHeld)
  ALWAYS(10, spinlocksAreHeld)
  ALWAYS(11, snapshotLeavesNoTrace)
  ALWAYS(12, deadChildLeavesNothing)
  ALWAYS(13, forkResultIsRight)
  /* noDeadlock, seen only where nothing else is wrong: else the steps above go on for ever. */
  :: atomic { timeout && !is_final -> printf("violated 0\n"); assert(false) }
  od
}
