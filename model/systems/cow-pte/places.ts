/** Where a thread can be in COW PTE's own routines, and what is true of it there. */
import type { PlaceTable } from '../../places.js'

export const cowPtePlaces = {
  // A thread gets a table of its own (break-table.ts)
  'cow.test': [],
  'cow.reuse': [],
  'cow.clear': [],
  'cow.allocate': ['replaces', 'flushesLater'],
  'cow.copy': ['replaces', 'flushesLater', 'spinsOwn'],
  'cow.put': [],
  // A table goes as a whole (drop-table.ts)
  'cow.drop': [],
} as const satisfies PlaceTable

declare module '../../places.js' {
  interface Places extends Record<keyof typeof cowPtePlaces, unknown> {}
}
