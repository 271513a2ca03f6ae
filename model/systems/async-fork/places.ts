/** Where a thread can be in Async-fork's own routines, and what is true of it there. */
import { type PlaceIn, routine } from '../../places.js'

export const asyncForkRoutines = [
  // The child copies (copier.ts, copiers.ts, copier-ends.ts)
  routine('copier', 'The child copies all tables that it lacks, and then runs its program.', {
    'copier.start': ['unlocked', 'startsToCopy'],
    'copier.relock': ['unlocked'],
    'copier.spawn': [],
    'copier.vma': ['looksAtPointer'],
    'copier.next': ['readsChild'],
    'copier.check': ['writesChild', 'looksAgain'],
    'copier.close': ['writesChild'],
    'copier.closeParent': ['writesChild'],
    'copier.closed': ['writesChild'],
    'copier.fail': [],
    'copier.join': [],
    'copier.joined': [],
    'copier.reread': ['unlocked'],
    'copier.undo': [],
    'copier.finish': [],
    'copier.queue': ['unlocked'],
    'copier.drain': ['writes'],
    'copier.put': ['unlocked'],
    'copier.die': ['unlocked'],
  }),
  // Copying one table, by the child or by the parent (copy-table.ts)
  routine(
    'copyTable',
    'Copies one PMD: the PTE table below it, then its marker. The child does this, or the parent.',
    {
      'copyTable.check': ['readsChild'],
      'copyTable.allocate': ['readsChild'],
      'copyTable.childLock': ['readsChild', 'copiesOn'],
      'copyTable.lock': ['readsChild', 'copiesOn', 'spinsChild'],
      'copyTable.wait': ['readsChild', 'wantsToCopy'],
      'copyTable.parentLock': ['readsChild', 'copies', 'spinsChild'],
      'copyTable.copy': ['readsChild', 'copies', 'spinsChild', 'spinsParent'],
      'copyTable.share': ['readsChild', 'copies', 'spinsChild', 'spinsParent'],
      'copyTable.copied': ['readsChild', 'copies'],
      'copyTable.unlock': ['readsChild', 'copies'],
    },
  ),
  // The parent synchronises (sync.ts, sync-locked.ts)
  routine('sync', 'The parent has tables copied for the child before it changes them.', {
    'sync.relock': ['unlocked'],
    'sync.read': [],
    'sync.next': ['readsChild'],
    'sync.unread': ['readsChild'],
    'sync.write': [],
    'sync.close': ['writesChild'],
    'sync.closeParent': ['writesChild', 'endsVma'],
    'sync.unwrite': ['writesChild'],
    'sync.fail': ['readsChild'],
    'sync.writeFailed': [],
    'sync.undo': ['writesChild'],
    'sync.tell': ['writesChild'],
  }),
  // fork gives its markers back after it has failed late (phase-1.ts)
  routine('late', 'fork gives its markers back after it has failed late.', {
    'late.lock': ['unlocked'],
    'late.undo': ['writes'],
  }),
] as const

declare module '../../places.js' {
  interface Places extends Record<PlaceIn<(typeof asyncForkRoutines)[number]>, unknown> {}
}
