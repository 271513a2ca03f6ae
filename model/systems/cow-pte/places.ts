/** Where a thread can be in COW PTE's own routines, and what is true of it there. */
import { type PlaceIn, routine } from '../../places.js'

export const cowPteRoutines = [
  // A thread gets a table of its own (break-table.ts)
  routine('cow', 'A thread gets a table of its own, or lets go of a shared one.', {
    'cow.test': [],
    'cow.reuse': [],
    'cow.clear': [],
    'cow.allocate': ['replaces', 'flushesLater'],
    'cow.lock': ['replaces', 'flushesLater'],
    'cow.copy': ['replaces', 'flushesLater', 'spinsReplaced'],
    'cow.failed': [],
    'cow.put': [],
    // A table goes as a whole (drop-table.ts)
    'cow.drop': [],
    'cow.unhook': ['letsGo'],
  }),
] as const

declare module '../../places.js' {
  interface Places extends Record<PlaceIn<(typeof cowPteRoutines)[number]>, unknown> {}
}
