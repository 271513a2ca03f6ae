/** Where a thread can be in On-demand-fork's own routines, and what is true of it there. */
import { type PlaceIn, routine } from '../../places.js'

export const onDemandForkRoutines = [
  // A fault replaces a shared table (fork-table.ts)
  routine('share', 'A fault replaces a shared table; a shared table goes as a whole.', {
    'share.lock': [],
    'share.allocate': [],
    'share.newLock': ['replaces'],
    'share.copy': ['replaces'],
    'share.put': [],
    // A shared table goes as a whole (hooks.ts)
    'share.drop': [],
    'share.clear': ['letsGo'],
  }),
] as const

declare module '../../places.js' {
  interface Places extends Record<PlaceIn<(typeof onDemandForkRoutines)[number]>, unknown> {}
}
