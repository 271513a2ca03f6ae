/**
 * Where the steps of a model lead: its control flow, as the trees of its rules say it. Nothing is
 * declared for it but the places of rules (`at`).
 */
import { actionsOf, type Model } from '../checker/model.js'
import type { ReadAction } from '../checker/rules/actions.js'
import { ModelReader } from '../checker/rules/model-reader.js'
import { storesOf, writesOf } from '../checker/rules/passes/writes.js'
import { type Layout, type Leaf, readLeaf } from '../checker/state/layout.js'

/** A step, and where it can lead. */
export interface Flow {
  readonly rule: string
  /** From where: null where the step is taken wherever its actor is. */
  readonly at: string | null
  readonly source: string
  /** The next place is one of these; none where the actor stays. */
  readonly next: readonly string[]
  /** Or it is what one of these variables holds, by their paths: somebody has said before where. */
  readonly by: readonly string[]
  /** The places it puts into such variables: where the actor goes on after another routine. */
  readonly later: readonly string[]
  /** Is this known? Of a step that runs as it stands, without being read, it is not. */
  readonly isRead: boolean
  /** The paths of all variables that it may change. */
  readonly changes: ReadonlySet<string>
}

/** The steps of a model by the number of the action; none for actions that no state enables. */
export function flowsOfActions<S>(model: Model<S>): ReadonlyMap<number, Flow> {
  const actions = actionsOf(model)
  const read = new ModelReader(model, {}).actions(actions)
  const location = locationIn(read)
  const rest = restOf(model, location)
  const flows = new Map<number, Flow>()
  for (const { number, effect } of read) {
    if (!effect) continue
    const { rule } = actions[number]
    const next = new Set<string>()
    const by = new Set<string>()
    const later = new Set<string>()
    for (const { to, origin } of writesOf(effect)) {
      const { path, scalar } = to.variable
      const atRest = rest.get(path)
      if (!atRest) continue
      const isPlace = path === location?.path
      for (const value of origin ? origin.numbers : scalar.names.keys()) {
        const place = scalar.names[value]
        if (isPlace) next.add(place)
        else if (!atRest.has(place)) later.add(place)
      }
      for (const { variable } of isPlace ? (origin?.elements ?? []) : [])
        if (variable.path !== path) by.add(variable.path)
    }
    flows.set(number, {
      rule: rule.name,
      at: rule.at ?? null,
      source: rule.source ?? '',
      next: [...next],
      by: [...by],
      later: [...later],
      isRead: effect.body !== null,
      changes: storesOf(effect),
    })
  }
  return flows
}

/** The variable that says where an actor is; null where no rule stands at a place. */
function locationIn(read: readonly ReadAction[]): Leaf | null {
  const tests = read.flatMap((action) => action.tests)
  return tests.find(({ leaf }) => leaf.scalar.type === 'oneOf')?.leaf ?? null
}

/** Variables that hold places, by their paths, with the places that they hold at first. */
function restOf<S>(
  { layout, init }: Model<S>,
  location: Leaf | null,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = location?.scalar.names.join()
  const holding = (layout as Layout<S>).leaves.filter(({ scalar }) => scalar.names.join() === names)
  const states = init.map((state) => layout.encode(state))
  return new Map(
    holding.map((leaf) => {
      const values = [...leaf.position.keys()].flatMap((i) =>
        states.map((vector) => leaf.scalar.names[readLeaf(leaf, i, vector, 0)]),
      )
      return [leaf.path, new Set(values)]
    }),
  )
}

/** The steps of several models, by rule, in the order in which they are met. */
export function flowsOf<S>(models: Iterable<Model<S>>): readonly Flow[] {
  const flows = new Map<string, Flow>()
  for (const model of models)
    for (const flow of flowsOfActions(model).values()) {
      const known = flows.get(flow.rule)
      flows.set(flow.rule, known ? eitherOf(known, flow) : flow)
    }
  return [...flows.values()]
}

function eitherOf(one: Flow, other: Flow): Flow {
  const all = <T>(x: Iterable<T>, y: Iterable<T>) => [...new Set([...x, ...y])]
  return {
    ...one,
    next: all(one.next, other.next),
    by: all(one.by, other.by),
    later: all(one.later, other.later),
    isRead: one.isRead && other.isRead,
    changes: new Set(all(one.changes, other.changes)),
  }
}

/** A part of the control flow that is drawn as one picture. */
export interface RoutineInfo {
  readonly name: string
  /** One sentence; empty where there is nothing to say. */
  readonly says: string
  /** Its places, each with what is shown under its name. */
  readonly places: Readonly<Record<string, readonly string[]>>
}

/** The parts of a model's control flow, and how it is drawn. */
export interface Routines {
  readonly routines: readonly RoutineInfo[]
  /** Places where an actor only waits, and then goes on as it was said before. */
  readonly waiting: readonly string[]
  /** The path of the variable that a step changes when it runs out of something; or null. */
  readonly failures: string | null
}

/** A place that a step leads to. */
export interface Destination {
  /** Null: where somebody has said before. */
  readonly place: string | null
  /** The places of other routines by way of which it does. */
  readonly through: readonly string[]
}

/** Where a step leads. Waiting and detours are left out where it is known what comes after them. */
export function destinationsOf(
  { next, by, later }: Flow,
  waiting: readonly string[],
): readonly Destination[] {
  const comesBack = later.length > 0 || by.length > 0
  const waits = comesBack ? next.filter((place) => waiting.includes(place)) : []
  const direct = next.filter((place) => !waits.includes(place))
  const behind = later.filter((place) => !next.includes(place))
  const through = direct.length > 0 ? direct : waits
  return [
    ...direct.map((place) => ({ place, through: later.includes(place) ? waits : [] })),
    ...behind.map((place) => ({ place, through })),
    ...(by.length > 0 ? [{ place: null, through: [] }] : []),
  ]
}

/** A box of a picture: a place of the routine, or what lies outside of it. */
export interface FlowNode {
  readonly name: string
  readonly isInside: boolean
  readonly lines: readonly string[]
}

/** An arrow: between two boxes, by their positions, with the steps that it stands for. */
export interface FlowArrow {
  readonly from: number
  readonly to: number
  readonly labels: readonly string[]
  /** It is what happens when something runs out. */
  readonly fails: boolean
}

/** A routine as boxes and arrows. */
export interface FlowChart {
  readonly nodes: readonly FlowNode[]
  readonly arrows: readonly FlowArrow[]
}

/** At most this many steps that lead into one place are drawn; the others are only counted. */
const MOST_ENTRIES = 4

/** The steps of a routine, and those of others that lead into it. */
export function stepsOf({ places }: RoutineInfo, flows: readonly Flow[]) {
  const isHere = (place: string | null) => place !== null && place in places
  const steps = flows.filter(({ at }) => isHere(at))
  const entries = flows.filter(
    ({ at, next, later }) => !isHere(at) && [...next, ...later].some(isHere),
  )
  return { steps, entries }
}

/** The picture of a routine. */
export function chartOf(
  routine: RoutineInfo,
  flows: readonly Flow[],
  { waiting, failures }: Routines,
): FlowChart {
  const { steps, entries } = stepsOf(routine, flows)
  const nodes = new Map<string, FlowNode>()
  const node = (name: string) => {
    const lines = routine.places[name]
    if (!nodes.has(name))
      nodes.set(name, { name, isInside: lines !== undefined, lines: lines ?? [] })
    return [...nodes.keys()].indexOf(name)
  }
  const arrows = new Map<string, { -readonly [K in keyof FlowArrow]: FlowArrow[K] }>()
  const add = (from: string, to: string, label: string, fails: boolean) => {
    const [a, b] = [node(from), node(to)]
    const key = `${a} ${b} ${fails}`
    const known = arrows.get(key)
    if (known) known.labels = [...known.labels, label]
    else arrows.set(key, { from: a, to: b, labels: [label], fails })
  }
  for (const place of Object.keys(routine.places)) node(place)
  const fails = ({ changes }: Flow) => failures !== null && changes.has(failures)
  const into = entries.flatMap((flow) =>
    destinationsOf(flow, waiting).map((to) => ({ flow, ...to })),
  )
  for (const place of Object.keys(routine.places)) {
    const here = into.filter((one) => one.place === place)
    if (here.length > MOST_ENTRIES) add(`${here.length} steps into ${place}`, place, '', false)
    else
      for (const { flow, through } of here)
        add(flow.at ?? 'anywhere', place, flow.rule + wayOf(through), fails(flow))
  }
  for (const flow of steps) {
    const at = flow.at as string
    const leads = destinationsOf(flow, waiting)
    if (!flow.isRead) add(at, UNREAD, flow.rule, false)
    else if (leads.length === 0) add(at, at, flow.rule, fails(flow))
    for (const { place, through } of leads)
      add(at, place ?? CALLER, flow.rule + wayOf(through), fails(flow))
  }
  return { nodes: [...nodes.values()], arrows: [...arrows.values()] }
}

/** The node for a place that the caller of the routine has stored in a register. */
export const CALLER = 'where the caller said'

/** The node for the unknown places after a step whose text is not read. */
export const UNREAD = 'not known: runs as it stands'

/** By way of which other routines a step leads somewhere, as it stands behind the step's name. */
export function wayOf(through: readonly string[]): string {
  return through.length > 0 ? ` (by way of ${through.join(', ')})` : ''
}

/** All places of a model as one routine, for a subject that does not say more. */
export function routineOfAll<S>({ name, rules }: Model<S>): Routines {
  const places = [...new Set(rules.flatMap(({ at }) => at ?? []))]
  const routine = { name, says: '', places: Object.fromEntries(places.map((at) => [at, []])) }
  return { routines: [routine], waiting: [], failures: null }
}
