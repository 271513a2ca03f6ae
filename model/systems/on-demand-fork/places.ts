/** Where a thread can be in On-demand-fork's own routines. */
export const onDemandForkPlaces = [
  // A fault replaces a shared table (fork-table.ts)
  'share.lock',
  'share.allocate',
  'share.copy',
  'share.put',
  // A shared table goes as a whole (hooks.ts)
  'share.drop',
] as const
