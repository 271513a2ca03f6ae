/** Where a thread can be in the routines of Bytedance's kernel, and what is true of it there. */
import type { PlaceTable } from '../../places.js'

export const bytedancePlaces = {
  // fork keeps its locks for the child, or undoes what it has done (hand-over.ts, clean.ts)
  'hand.lock': ['writes'],
  'hand.wake': [],
  'clean.vma': [],
  'clean.unlock': [],
  'clean.queue': ['unlocked'],
  'clean.lock': ['unlocked'],
  'clean.drain': ['writes'],
  'clean.release': ['unlocked'],
  'clean.put': ['unlocked'],
  // The child copies (walk.ts)
  'walk.start': [],
  'walk.vma': [],
  'walk.table': [],
  'walk.unlink': [],
  'walk.unlock': [],
  'walk.queue': [],
  'walk.drain': [],
  'walk.release': [],
  'walk.put': ['unlocked'],
  'walk.die': ['unlocked'],
  // Copying one table entirely, by the child or by the parent (entire.ts)
  'entire.begin': [],
  'entire.allocate': [],
  'entire.failed': [],
  'entire.lockPage': ['wantsToCopy'],
  'entire.lockFailed': ['wantsToCopy'],
  'entire.testFailed': ['copies'],
  'entire.lockParent': ['copies'],
  'entire.lockChild': ['copies', 'spinsParent'],
  'entire.copy': ['copies', 'spinsParent', 'spinsChild'],
  'entire.share': ['copies', 'spinsParent', 'spinsChild'],
  'entire.restore': ['copies'],
  'entire.unflag': ['copies'],
  'entire.unlock': ['copies'],
} as const satisfies PlaceTable

declare module '../../places.js' {
  interface Places extends Record<keyof typeof bytedancePlaces, unknown> {}
}
