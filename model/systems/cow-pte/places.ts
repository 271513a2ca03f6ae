/** Where a thread can be in COW PTE's own routines. */
export const cowPtePlaces = [
  // A thread gets a table of its own (break-table.ts)
  'cow.test',
  'cow.reuse',
  'cow.clear',
  'cow.allocate',
  'cow.copy',
  'cow.put',
  // A table goes as a whole (drop-table.ts)
  'cow.drop',
] as const
