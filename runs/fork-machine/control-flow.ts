/**
 * Where the steps of a system lead: the control flow of its routines, as the trees of its rules say
 * it. Nothing is declared for it but places, `at` and `to`.
 */
import { actionsOf, type Model } from '../../checker/model.js'
import { ModelReader } from '../../checker/rules/model-reader.js'
import { type Element, storesOf, writesOf } from '../../checker/rules/passes/writes.js'
import { machine } from '../../model/machine.js'
import type { PlaceFact, Routine } from '../../model/places.js'
import type { Scenario } from '../../model/scenario.js'
import type { Place, State } from '../../model/state.js'
import type { System } from '../../model/systems/system.js'

/** Registers that hold a place at which a thread goes on later. */
const REGISTERS = ['onward', 'after', 'back'] as const
type Register = (typeof REGISTERS)[number]

/** A step, and where it can lead. */
export interface Flow {
  readonly rule: string
  /** From where: null where the step is taken wherever the thread is. */
  readonly at: Place | null
  readonly source: string
  /** The next place is one of these; none where the thread stays. */
  readonly next: readonly Place[]
  /** Or it is what one of these registers holds: whoever began the routine has said where. */
  readonly by: readonly Register[]
  /** The places it puts into registers: where the thread goes on after another routine. */
  readonly later: readonly Place[]
  /** Is it what happens when memory runs out? */
  readonly fails: boolean
}

/** The steps of one model by the number of the action; none for actions that no state enables. */
export function flowsOfActions(model: Model<State>): ReadonlyMap<number, Flow> {
  const actions = actionsOf(model)
  const names = placeNames(model)
  const flows = new Map<number, Flow>()
  for (const { number, effect } of new ModelReader(model, {}).actions(actions)) {
    if (!effect) continue
    const { rule } = actions[number]
    const next = new Set<Place>()
    const by = new Set<Register>()
    const later = new Set<Place>()
    for (const { to, origin } of writesOf(effect)) {
      const register = registerOf(to)
      if (register === null) continue
      const numbers = origin ? origin.numbers : names.keys()
      for (const value of numbers) (register === 'pc' ? next : later).add(names[value])
      for (const element of origin?.elements ?? []) {
        const from = registerOf(element)
        if (register === 'pc' && from !== null && from !== 'pc') by.add(from)
      }
    }
    later.delete('user')
    flows.set(number, {
      rule: rule.name,
      at: (rule.at as Place | undefined) ?? null,
      source: rule.source ?? '',
      next: [...next],
      by: [...by],
      later: [...later],
      fails: storesOf(effect).has('failuresLeft'),
    })
  }
  return flows
}

function placeNames({ layout }: Model<State>): readonly Place[] {
  const leaf = layout.leaves.find(({ path }) => path === 'thread[].pc')
  return (leaf?.scalar.names ?? []) as Place[]
}

/** The register of a thread that an element is; null for anything else. */
function registerOf({ variable }: Element): Register | 'pc' | null {
  const name = variable.path.replace('thread[].', '')
  return name === 'pc' || REGISTERS.includes(name as Register) ? (name as Register | 'pc') : null
}

/** The steps of a system in any of these scenarios, in the order of its rules. */
export function flowsOf(system: System, scenarios: readonly Scenario[]): readonly Flow[] {
  const flows = new Map<string, Flow>()
  for (const scenario of scenarios) {
    const model = { ...machine(scenario, system), properties: [] }
    for (const flow of flowsOfActions(model).values()) {
      const known = flows.get(flow.rule)
      flows.set(flow.rule, known ? eitherOf(known, flow) : flow)
    }
  }
  const order = [...system.rules, ...system.hooks].map(({ name }) => name)
  return [...flows.values()].sort(
    (one, other) => order.indexOf(one.rule) - order.indexOf(other.rule),
  )
}

function eitherOf(one: Flow, other: Flow): Flow {
  const all = <T>(x: readonly T[], y: readonly T[]) => [...new Set([...x, ...y])]
  return {
    ...one,
    next: all(one.next, other.next),
    by: all(one.by, other.by),
    later: all(one.later, other.later),
    fails: one.fails || other.fails,
  }
}

/** A routine with the steps that are taken at its places, and those that lead into it. */
export interface RoutineFlow {
  readonly routine: Routine
  readonly steps: readonly Flow[]
  readonly entries: readonly Flow[]
}

/** The control flow of some routines of a system. */
export function routineFlows(
  routines: readonly Routine[],
  flows: readonly Flow[],
): readonly RoutineFlow[] {
  return routines.map((routine) => {
    const isHere = (place: Place | null) => place !== null && place in routine.places
    const steps = flows.filter(({ at }) => isHere(at))
    const entries = flows.filter(
      ({ at, next, later }) => !isHere(at) && [...next, ...later].some(isHere),
    )
    return { routine, steps, entries }
  })
}

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
  spinsOwn: { lock: 'spinlock of its table', isSure: true },
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

/** A place that a step leads to, and the routines by way of which it does. */
export interface Target {
  /** Null: where whoever began the routine has said. */
  readonly place: Place | null
  readonly through: readonly Place[]
}

/** Places on the way to another place, where a thread waits for a lock or a flush. */
export const WAITING: readonly string[] = ['flush.wait', 'lock.write']

/** Where a step leads, waiting and detours left out where it is known what comes after them. */
export function targetsOf({ next, by, later }: Flow): readonly Target[] {
  const comesBack = later.length > 0 || by.length > 0
  const waits = comesBack ? next.filter((place) => WAITING.includes(place)) : []
  const direct = next.filter((place) => !waits.includes(place))
  const behind = later.filter((place) => !next.includes(place))
  const through = direct.length > 0 ? direct : waits
  return [
    ...direct.map((place) => ({ place, through: later.includes(place) ? waits : [] })),
    ...behind.map((place) => ({ place, through })),
    ...(by.length > 0 ? [{ place: null, through: [] }] : []),
  ]
}
