/** Where a thread can be in Async-fork's own routines, and what is true of it there. */
import type { PlaceTable } from '../../places.js'

export const asyncForkPlaces = {
  // The child copies (copier.ts, copiers.ts, copier-ends.ts)
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
  // Copying one table, by the child or by the parent (slow-copy.ts)
  'slow.check': ['readsChild'],
  'slow.allocate': ['readsChild'],
  'slow.childLock': ['readsChild', 'copiesOn'],
  'slow.lock': ['readsChild', 'copiesOn', 'spinsChild'],
  'slow.wait': ['readsChild', 'wantsToCopy'],
  'slow.parentLock': ['readsChild', 'copies', 'spinsChild'],
  'slow.copy': ['readsChild', 'copies', 'spinsChild', 'spinsParent'],
  'slow.share': ['readsChild', 'copies', 'spinsChild', 'spinsParent'],
  'slow.copied': ['readsChild', 'copies'],
  'slow.unlock': ['readsChild', 'copies'],
  // The parent synchronises (sync.ts, sync-locked.ts)
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
  // fork gives its markers back after it has failed late (phase-1.ts)
  'late.lock': ['unlocked'],
  'late.undo': ['writes'],
} as const satisfies PlaceTable

declare module '../../places.js' {
  interface Places extends Record<keyof typeof asyncForkPlaces, unknown> {}
}
