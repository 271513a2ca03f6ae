/** The routines of the fork machine: what threads hold at their places, and how they are drawn. */
import { machine } from '../../model/machine.js'
import { type PlaceFact, placesOf, type Routine } from '../../model/places.js'
import type { Scenario } from '../../model/scenario.js'
import type { System } from '../../model/systems/system.js'
import { type Flow, flowsOf, type Routines } from '../control-flow.js'

/** A lock that a thread holds at a place: for sure, or perhaps. */
export interface HeldLock {
  readonly lock: string
  readonly isSure: boolean
  /** More about it: in which mode. */
  readonly note?: string
}

/** Facts about locks. A lock is not held where none of its facts is true. */
const HELD: Readonly<Partial<Record<PlaceFact, HeldLock>>> = {
  writes: { lock: 'mmap_lock', isSure: true, note: 'for writing' },
  copies: { lock: 'copy lock', isSure: true },
  copiesOn: { lock: 'copy lock', isSure: false, note: 'after the first entry' },
  spinsChild: { lock: "spinlock of the child's table", isSure: true },
  spinsParent: { lock: "spinlock of the parent's table", isSure: true },
  spinsReplaced: { lock: 'spinlock of the table it replaces', isSure: true },
  maySpinOwn: { lock: 'spinlock of its table', isSure: false, note: 'perhaps' },
  spinsPage: { lock: "spinlock of its page's table", isSure: true },
  spinsTarget: { lock: "spinlock of the target's table", isSure: true },
  locksFrame: { lock: 'lock of the frame', isSure: true },
  walksRmap: { lock: 'lock of the reverse map', isSure: true, note: 'for reading' },
  changesRmap: { lock: 'lock of the reverse map', isSure: true, note: 'for writing' },
}

/** With one of these nothing is said about mmap_lock held in either mode. */
const NO_MMAP_LOCK: readonly PlaceFact[] = [
  'writes',
  'unlocked',
  'waitsToWrite',
  'waitsForFlush',
  'userMode',
  'absent',
]

/** The locks that a thread holds at a place with these facts. */
export function locksHeld(facts: readonly PlaceFact[]): readonly HeldLock[] {
  const isInSomeMode = !NO_MMAP_LOCK.some((fact) => facts.includes(fact))
  const orVma = facts.includes('mayHoldVma') ? { note: 'or the lock of its VMA' } : {}
  return [
    ...(isInSomeMode ? [{ lock: 'mmap_lock', isSure: true, ...orVma }] : []),
    ...facts.flatMap((fact) => HELD[fact] ?? []),
  ]
}

/** Which locks a step takes and drops that leads from a place with some facts to another. */
export function locksChanged(
  from: readonly PlaceFact[],
  to: readonly PlaceFact[],
): { readonly taken: readonly HeldLock[]; readonly dropped: readonly HeldLock[] } {
  const [before, after] = [locksHeld(from), locksHeld(to)]
  const has = (locks: readonly HeldLock[], lock: string) => locks.some((one) => one.lock === lock)
  const sure = (locks: readonly HeldLock[]) => locks.filter(({ isSure }) => isSure)
  return {
    taken: sure(after).filter(({ lock }) => !has(sure(before), lock)),
    dropped: sure(before).filter(({ lock }) => !has(after, lock)),
  }
}

/** A lock in words: `mmap_lock for writing`. */
export function lockInWords({ lock, note }: HeldLock): string {
  return note ? `${lock} ${note}` : lock
}

/** How the control flow of a system is drawn. @param routines of these. Default: of all. */
export function drawnRoutines(
  system: System,
  routines: readonly Routine[] = system.routines,
): Routines {
  const places = placesOf(system)
  const isWaiting = (facts: readonly PlaceFact[]) =>
    facts.includes('waitsForFlush') || facts.includes('waitsToWrite')
  return {
    routines: routines.map(({ name, says, places: own }) => ({
      name,
      says,
      places: Object.fromEntries(
        Object.keys(own).map((place) => [place, locksHeld(places[place]).map(lockInWords)]),
      ),
    })),
    waiting: Object.keys(places).filter((place) => isWaiting(places[place])),
    failures: 'failuresLeft',
  }
}

/** The steps of a system in any of these scenarios, in the order of its rules. */
export function systemFlows(system: System, scenarios: readonly Scenario[]): readonly Flow[] {
  const models = scenarios.map((scenario) => ({ ...machine(scenario, system), properties: [] }))
  const order = [...system.rules, ...system.hooks].map(({ name }) => name)
  return flowsOf(models).toSorted(
    (one, other) => order.indexOf(one.rule) - order.indexOf(other.rule),
  )
}
