/**
 * Moving a page to another frame (mm/migrate.c): every PTE that maps the old frame becomes a
 * migration entry, then the content is copied, then every migration entry becomes a PTE again. A
 * fault that meets such an entry waits.
 *
 * This is migration that waits for pages (MIGRATE_SYNC): each PTE is cleared and flushed under the
 * lock of its table (ptep_clear_flush). With MIGRATE_ASYNC the flush is deferred as in reclaim.
 * Both walks from the frame to its PTEs hold the lock of the reverse map for reading.
 */
import { putFrame, takeFrame, unmapFrame } from '../hardware/frames.js'
import { mappingOf, spaceBehind } from '../hardware/rmap.js'
import { dropTableLock, hasTable, isUnlocked, keepTableLock, pteOf } from '../hardware/tables.js'
import { flushPage } from '../hardware/tlb.js'
import { mayWalk } from '../locks.js'
import { anyPage, kernelOperation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { fail, finish, mmOf, opOf } from '../threads.js'
import { isClosed } from '../vmas.js'
import {
  beginWalk,
  chosenFrame,
  endWalk,
  isFreeOfOthers,
  isolate,
  isPassed,
  mappedHere,
  mayIsolate,
  mayUnmap,
} from './swap-out.js'

/** The page at which the address space the thread has come to waits for its frame, or NONE. */
export const waitingHere = (s: State, t: number) =>
  mappingOf(s, s.thread[t].space, s.thread[t].frame, true)

/** Begins to put migration entries right: to the new frame, or back to the old one. */
export function beginRestoring(s: State, t: number): void {
  s.thread[t].pc = 'migrate.walkBack'
}

export const migrateRoutine = routine('migrate', 'Moves a page to another frame.', {
  'migrate.walk': ['unlocked', 'locksFrame'],
  'migrate.unmap': ['unlocked', 'locksFrame', 'walksRmap'],
  'migrate.unmapped': ['unlocked', 'locksFrame', 'walksRmap'],
  'migrate.copy': ['unlocked', 'locksFrame'],
  'migrate.walkBack': ['unlocked', 'locksFrame', 'holdsOther'],
  'migrate.restore': ['unlocked', 'locksFrame', 'walksRmap', 'holdsOther'],
})

export const migrate: readonly Step[] = [
  {
    name: 'migrate',
    at: 'user',
    to: 'migrate.walk',
    source: 'migrate_folio_unmap: folio_trylock',
    guard: (s, t) => opOf(s, t).do === 'migrate' && mayIsolate(s, chosenFrame(s, t)),
    effect: (s, t) => {
      isolate(s, t, chosenFrame(s, t))
    },
  },
  {
    name: 'migrateWalks',
    at: 'migrate.walk',
    to: 'migrate.unmap',
    source: 'try_to_migrate, rmap_walk_anon: folio_lock_anon_vma_read',
    guard: (s) => mayWalk(s),
    effect: (s, t) => beginWalk(s, t),
  },
  {
    // The PTE lock is taken, and kept until every CPU of this address space has dropped the page: a
    // migration entry, writable if the PTE was.
    name: 'migrateUnmaps',
    at: 'migrate.unmap',
    source: 'try_to_migrate_one: ptep_clear_flush, make_writable_migration_entry',
    guard: (s, t) => mayUnmap(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const page = mappedHere(s, t)
      pteOf(s, me.space, page).migrating = true
      unmapFrame(s, me.frame)
      putFrame(s, me.frame)
      keepTableLock(s, t, me.space, page)
      flushPage(s, t, me.space, page, 'migrate.unmapped')
    },
  },
  {
    name: 'migrateUnmapsNext',
    at: 'migrate.unmapped',
    to: 'migrate.unmap',
    source: 'try_to_migrate_one: page_vma_mapped_walk drops the PTE lock',
    effect: (s, t) => dropTableLock(s, t),
  },
  {
    name: 'migrateNextSpace',
    at: 'migrate.unmap',
    source: 'rmap_walk_anon: next VMA of the anon_vma',
    guard: (s, t) => isPassed(s, t) && spaceBehind(s, s.thread[t].space) !== NONE,
    effect: (s, t) => {
      s.thread[t].space = spaceBehind(s, s.thread[t].space)
    },
  },
  {
    name: 'migrateUnmapped',
    at: 'migrate.unmap',
    to: 'migrate.copy',
    source: 'try_to_migrate: the walk is over',
    guard: (s, t) => isPassed(s, t) && spaceBehind(s, s.thread[t].space) === NONE,
    effect: (s, t) => endWalk(s, t),
  },
  {
    // Nobody maps it and nobody else holds it, so nobody can change it while it is copied. The new
    // frame is locked until all entries name it.
    name: 'migrateCopies',
    at: 'migrate.copy',
    source: 'move_to_new_folio: folio_ref_freeze, folio_set_swapbacked, folio_migrate_copy',
    allocates: ['migrationFrame'],
    guard: (s, t) => isFreeOfOthers(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.other = takeFrame(s, me.frame % s.geometry.pages, s.frame[me.frame].value)
      s.frame[me.other].maps = 0
      s.frame[me.other].exclusive = false
      s.frame[me.other].lazy = s.frame[me.frame].lazy
      s.frame[me.other].lock = t
      beginRestoring(s, t)
    },
  },
  {
    // Somebody maps or holds it, or there is no frame to move to: back to the old one.
    name: 'migrateGivesUp',
    at: 'migrate.copy',
    source: 'migrate_folio_undo_src: -EAGAIN',
    guard: (s, t) => !isFreeOfOthers(s, t),
    effect: (s, t) => beginRestoring(s, t),
  },
  {
    name: 'migrateFails',
    at: 'migrate.copy',
    source: 'migrate_folio_unmap: get_new_folio, -ENOMEM',
    guard: (s) => s.mayFail.migrationFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.call = true
      beginRestoring(s, t)
    },
  },
  {
    name: 'migrateWalksBack',
    at: 'migrate.walkBack',
    to: 'migrate.restore',
    source: 'remove_migration_ptes: rmap_walk, anon_vma_lock_read',
    guard: (s) => mayWalk(s),
    effect: (s, t) => beginWalk(s, t),
  },
  {
    // Under the PTE lock: the entry is a PTE again, as writable and as exclusive as the migration
    // entry says and as open as its VMA is (mk_pte with vm_page_prot). Only one entry can be
    // exclusive, so that is kept with the old frame, and fork clears it there
    // (make_readable_exclusive_migration_entry, copy_nonpresent_pte).
    name: 'migrateRestores',
    at: 'migrate.restore',
    source: 'remove_migration_pte: is_readable_migration_entry, RMAP_EXCLUSIVE',
    guard: (s, t) =>
      waitingHere(s, t) !== NONE && isUnlocked(s, s.thread[t].space, waitingHere(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const page = waitingHere(s, t)
      const pte = pteOf(s, me.space, page)
      const f = me.other === NONE ? me.frame : me.other
      pte.frame = f
      pte.migrating = false
      pte.hinted = isClosed(s, me.space, page)
      s.frame[f].refs++
      s.frame[f].maps++
      s.frame[f].exclusive = s.frame[me.frame].exclusive
    },
  },
  {
    name: 'migrateRestoresNext',
    at: 'migrate.restore',
    source: 'remove_migration_ptes: next VMA of the anon_vma',
    guard: (s, t) => waitingHere(s, t) === NONE && spaceBehind(s, s.thread[t].space) !== NONE,
    effect: (s, t) => {
      s.thread[t].space = spaceBehind(s, s.thread[t].space)
    },
  },
  {
    name: 'migrateDone',
    at: 'migrate.restore',
    source: 'migrate_folio_done: folio_unlock, folio_put of both',
    guard: (s, t) => waitingHere(s, t) === NONE && spaceBehind(s, s.thread[t].space) === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      endWalk(s, t)
      s.frame[me.frame].lock = NONE
      putFrame(s, me.frame)
      if (me.other !== NONE) {
        s.frame[me.other].lock = NONE
        putFrame(s, me.other)
      }
      finish(s, t)
    },
  },
  {
    // Reads the PTE under its lock and drops it, to sleep until the old frame is unlocked.
    name: 'faultFindsMigration',
    at: 'fault.pte',
    to: 'fault.migration',
    source: 'do_swap_page: is_migration_entry, migration_entry_wait',
    guard: (s, t) => {
      const me = s.thread[t]
      if (!hasTable(s, mmOf(s, t), me.page) || !isUnlocked(s, mmOf(s, t), me.page)) return false
      return pteOf(s, mmOf(s, t), me.page).migrating
    },
    effect: (s, t) => {
      const me = s.thread[t]
      me.other = pteOf(s, mmOf(s, t), me.page).frame
    },
  },
  {
    // The instruction is tried again.
    name: 'faultWaitedForMigration',
    at: 'fault.migration',
    source: 'migration_entry_wait_on_locked',
    guard: (s, t) => s.frame[s.thread[t].other].lock === NONE,
    effect: (s, t) => {
      s.thread[t].other = NONE
      s.thread[t].pc = s.thread[t].onward
    },
  },
]

export const migrateOperation = kernelOperation(
  'migrate',
  'migrator',
  { page: anyPage },
  {
    says: 'Moves a page to another frame.',
    needs: ['migration'],
    weight: 2,
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    migrate: typeof migrateOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof migrateRoutine>, unknown> {}
}
