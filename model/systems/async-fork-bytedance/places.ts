/** Where a thread can be in the routines of Bytedance's kernel, and what is true of it there. */
import { type PlaceIn, routine } from '../../places.js'

export const bytedanceRoutines = [
  // fork keeps its locks for the child, or undoes what it has done (hand-over.ts, clean.ts)
  routine('hand', 'fork keeps its locks for the child.', {
    'hand.lock': ['writes'],
    'hand.wake': [],
  }),
  routine('clean', 'fork undoes what it has done.', {
    'clean.vma': [],
    'clean.unlock': [],
    'clean.queue': ['unlocked'],
    'clean.lock': ['unlocked'],
    'clean.drain': ['writes'],
    'clean.release': ['unlocked'],
    'clean.put': ['unlocked'],
  }),
  // The child copies (walk.ts)
  routine('walk', 'The child copies all tables that it lacks, and then runs its program.', {
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
  }),
  // Copying one table entirely, by the child or by the parent (entire.ts)
  routine(
    'entire',
    'Copies one PMD: the PTE table below it, then flag and marker. The child does this, or the parent.',
    {
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
    },
  ),
] as const

declare module '../../places.js' {
  interface Places extends Record<PlaceIn<(typeof bytedanceRoutines)[number]>, unknown> {}
}
