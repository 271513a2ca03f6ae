/**
 * Where a thread can be. A thread stands at a place until it takes the step that leaves it; the
 * part before the dot is the kernel routine, `user` is user mode. A routine's file declares its
 * places beside its steps, each with what is true of a thread that stands there. A system does so
 * in its folder, and a mutant with what it adds. Properties ask for these facts and know no place
 * by its name.
 */

/**
 * What may be true of a thread for as long as it stands at a place, whatever it does there. No rule
 * looks at it.
 */
const facts = {
  // mmap_lock. Where none of the first three is said, the thread holds it in either mode.
  unlocked: "It holds no mmap_lock (a copying child: not the parent's).",
  writes: 'It holds it for writing.',
  waitsToWrite:
    "It waits to hold that of the address space in `space` for writing. Meanwhile it may hold the parent's, if that is another one.",
  ofSpace: 'It holds that of the address space in `space`.',
  readsChild: 'Where pointers are under it: it holds that of the child it copies for, to read.',
  writesChild: 'The same, to write.',
  mayHoldVma: 'Instead of mmap_lock it may hold the lock of the VMA in `held`.',
  waitsToFault: 'It waits to hold it for reading, to handle a fault.',
  // The lock of a table's page (PG_locked), which serialises copying
  copies: "It holds the copy lock of the child's table.",
  copiesOn: 'The same, once it has copied an entry.',
  wantsToCopy: 'It waits for that lock, or is about to.',
  // Spinlocks of page tables
  spinsChild: 'It holds the spinlock of the table of the child that it works for, at its `slot`.',
  spinsParent: "It holds that of the parent's table at its `slot`.",
  maySpinOwn: 'It may hold that one.',
  spinsPage: 'It holds that of the table that maps its `page`.',
  spinsReplaced: 'It holds that of the table in `table`.',
  spinsTarget: 'It holds that of the table that maps the page to which mremap moves its `page`.',
  // Locks of frames and of the reverse map, where a scenario has any: no property asks for these
  locksFrame: 'It holds the lock of the page in `frame` (PG_locked).',
  walksRmap: 'It holds the lock of the reverse map (anon_vma) for reading.',
  changesRmap: 'It holds that one for writing, where somebody may walk.',
  // What it works on
  forks: 'The child that it works for is the one that its operation makes.',
  replaces: 'The table it replaces is in `table`; from `entry` on only that one is filled.',
  letsGo: 'It has dropped a reference of the table in `seen`, which its PMD entry still names.',
  replacesEntry:
    'It has cleared the entry of its `page` and will set it: `frame` still counts as mapped, the content is in `copy`.',
  changesVmas: 'It has yet to change the VMAs of its range; page tables come afterwards.',
  joinsVmas: 'It is about to map its range; VMAs that meet there are joined.',
  // What it holds and owes
  pins: 'It has pinned `frame` for a device that has yet to get it.',
  holdsOther: 'It holds a reference on the frame in `other`.',
  hasCopied: 'The content of `frame` is in `copy`; no entry has changed yet.',
  flushesLater: 'It will flush its slot before it goes on.',
  flushesRange: 'It will flush its range before it goes on.',
  flushesAll: 'It will flush all pages of the parent before it goes on.',
  removesPage: 'It has cleared the entry of its `page` for good.',
  fails: 'The access that it makes, for its program or for a call, has failed.',
  returns: 'Its system call is about to return.',
  // How far it has come
  userMode: 'It runs its program.',
  absent: 'It is not there: not born yet, or gone.',
  ended: 'It is gone.',
  waitsForFlush: 'It waits for CPUs to answer its flush, and then goes on at `after`.',
  reclaimsTable: 'It has taken an empty table out of its PMD, to free it.',
  flushesForReclaim: 'It has flushed because reclaim had deferred a flush.',
  failsLate: 'Its fork has failed after the address space was copied and unlocked.',
  startsToCopy: 'It is a child that is about to begin to copy.',
  looksAtPointer: 'It is a copying child that looks for the next VMA and at its two-way pointer.',
  looksAgain: 'It is a copying child that has walked a VMA and looks at its pointer once more.',
  endsVma: 'It is about to set the parent\'s end of a pair of VMAs to "nothing left to copy".',
} as const

export type PlaceFact = keyof typeof facts

/** The names of all facts. */
export const PLACE_FACTS = Object.keys(facts) as readonly PlaceFact[]

/** What each fact says, as a sentence. */
export const placeFactSays: Readonly<Record<PlaceFact, string>> = facts

/** Places by their names, with what is true of a thread at each. */
export type PlaceTable = Readonly<Record<string, readonly PlaceFact[]>>

/**
 * The names of all places, as keys: each file that declares places adds its own.
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled where places are declared
export interface Places {}

export type Place = keyof Places

/** For each fact the places where it is so. */
export type PlacesWith = Readonly<Record<PlaceFact, readonly Place[]>>

/** The same the other way round. */
export function placesWith(places: PlaceTable): PlacesWith {
  const names = Object.keys(places) as Place[]
  const lists = {} as Record<PlaceFact, readonly Place[]>
  for (const fact of PLACE_FACTS) lists[fact] = names.filter((name) => places[name].includes(fact))
  return lists
}

/** A routine: its name, what it does, and its places. */
export interface Routine<P extends PlaceTable = PlaceTable> {
  readonly kind: 'routine'
  readonly name: string
  /** One sentence. */
  readonly says: string
  readonly places: P
}

/** Declares a routine. */
export function routine<const P extends PlaceTable>(
  name: string,
  says: string,
  places: P,
): Routine<P> {
  return { kind: 'routine', name, says, places }
}

/** The names of a routine's places. */
export type PlaceIn<R> = R extends Routine<infer P> ? keyof P : never

/** Is a value that a module exports a routine? */
export const isRoutine = (value: unknown): value is Routine =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'routine'

/** The places of all routines. Of two that declare one place the later one says what is true. */
export function placesOf({ routines }: { readonly routines: readonly Routine[] }): PlaceTable {
  return Object.assign({}, ...routines.map(({ places }) => places))
}
