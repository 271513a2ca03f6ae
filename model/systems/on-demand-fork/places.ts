/** Where a thread can be in On-demand-fork's own routines, and what is true of it there. */
import type { PlaceTable } from '../../places.js'

export const onDemandForkPlaces = {
  // A fault replaces a shared table (fork-table.ts)
  'share.lock': [],
  'share.allocate': [],
  'share.newLock': ['replaces'],
  'share.copy': ['replaces', 'spinsOwn'],
  'share.put': [],
  // A shared table goes as a whole (hooks.ts)
  'share.drop': [],
} as const satisfies PlaceTable

declare module '../../places.js' {
  interface Places extends Record<keyof typeof onDemandForkPlaces, unknown> {}
}
