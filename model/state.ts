/**
 * Every variable of the machine. Each is declared once, in the file of the thing it belongs to
 * (state/): its range, its value at rest, its meaning, what it is called and how it is shown.
 * Nothing else is state.
 */
import type { Place, PlacesWith } from './places.js'
import type { Actor, AllocationPoint, Options } from './shape.js'
import { type Cpu, cpu } from './state/cpu.js'
import { constant, field, listOf, record, type ValueOf } from './state/declaration.js'
import { type Frame, frame } from './state/frame.js'
import { ghost } from './state/ghost.js'
import { type Mm, mm } from './state/mm.js'
import { upTo } from './state/ranges.js'
import { device, pipe, rmap } from './state/shared.js'
import { type Geometry, geometryOf, type World } from './state/sizes.js'
import { type PteTable, pteTable } from './state/table.js'
import { type Thread, thread } from './state/thread.js'
import { side } from './state/values.js'
import type { Uses } from './uses.js'

export type { Place, PlacesWith } from './places.js'
export {
  type Actor,
  ALLOCATION_POINTS,
  type AllocationPoint,
  type Op,
  type Operation,
  type Options,
  type Shape,
} from './shape.js'
export * from './state/constants.js'
export type { Frame } from './state/frame.js'

const nameOfActor = { called: (t: number, { actor }: World) => actor[t].name }

/** The variables, in the order in which they are stored. */
export const variables = record({
  /** How many there are of each thing. */
  geometry: constant<Geometry>(geometryOf),
  /** The threads, with their programs. */
  actor: constant<readonly Actor[]>((m) => m.actors),
  /** Where memory may run out. */
  mayFail: constant<Readonly<Record<AllocationPoint, boolean>>>((m) => m.mayFail),
  /** For each address space: may its threads be killed from outside at any moment? */
  mayKill: constant<readonly boolean[]>((m) => m.mayKill),
  /** Granularity and variants. */
  options: constant<Options>((m) => m.options),
  /** Which parts of the machine the scenario needs. */
  uses: constant<Uses>((m) => m.uses),
  /** Where a child's first thread begins. */
  childStart: constant<Place>((m) => m.childStart),
  /** For each fact the places where it is true of a thread; for properties. */
  places: constant<PlacesWith>((m) => m.places),
  /** Threads of processes, of the kernel, and devices. */
  thread: listOf<Thread>('thread', thread, nameOfActor),
  /** Each thread has a CPU of its own. */
  cpu: listOf<Cpu>('thread', cpu, nameOfActor),
  /** The address spaces: the parent's, and one for each child. */
  mm: listOf<Mm>('mm', mm, { called: side }),
  /** All PTE tables there may be. */
  table: listOf<PteTable>('table', pteTable),
  /** Page frames, and the slots of swap space behind them. */
  frame: listOf<Frame>('frame', frame),
  /** The lock of the reverse map. */
  rmap,
  /** The page pinned for a device. */
  device,
  /** The page in a pipe. */
  pipe,
  /** How many more allocations may fail. */
  failuresLeft: field(
    upTo((m) => m.failures),
    {
      rest: (m) => m.failures,
      name: 'failures left',
      says: () => 'an allocation fails',
      role: 'event',
    },
  ),
  /** A failure uses up nothing. */
  failuresLast: constant<boolean>((m) => m.failuresLast),
  /** What no kernel knows: observed for the properties, never read by a guard. */
  ghost,
})

/** A state of the machine. */
export interface State extends ValueOf<typeof variables> {}
