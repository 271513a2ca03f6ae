/**
 * The range of every variable of the machine (state.ts): how a state of a given shape is stored.
 */
import {
  constant,
  type Domain,
  flag,
  Layout,
  list,
  oneOf,
  range,
  record,
} from '../checker/state/layout.js'
import type { Shape } from './shape.js'
import {
  type Cpu,
  ERROR,
  type Frame,
  type Ghost,
  type Lock,
  type Mm,
  NONE,
  PENDING,
  type Pmd,
  type Pte,
  type PteTable,
  type ReverseMap,
  type State,
  type Thread,
  type TlbEntry,
  type Vma,
} from './state.js'

/** Number of PMD slots of a shape. */
export function slotsOf(shape: Shape): number {
  return Math.ceil(shape.pages / shape.pagesPerTable)
}

/**
 * Number of PTE tables of a shape: each PMD slot of each address space may have one, and each
 * thread that replaces a shared one holds another.
 */
export function tablesOf({ mms, actors, uses, ...shape }: Shape): number {
  const slots = Math.ceil(shape.pages / shape.pagesPerTable)
  return mms * slots + (uses.moves ? slots : 0) + (uses.sharing ? actors.length : 0)
}

/** The geometry of a shape, as rules see it. */
export function geometryOf(shape: Shape): State['geometry'] {
  const { pages, pagesPerTable, mms, vmas, frames, swapSlots, actors } = shape
  const { chunk } = shape.options
  const pauses = Array.from(
    { length: pagesPerTable },
    (_, i) => chunk > 0 && (i + 1) % chunk === 0 && i + 1 < pagesPerTable,
  )
  const slots = slotsOf(shape)
  const tables = tablesOf(shape)
  const threads = actors.length
  return {
    pages,
    pagesPerTable,
    slots,
    tables,
    mms,
    vmas,
    frames,
    swapSlots,
    threads,
    pauses,
  }
}

/** The storage of the states of a shape. */
export function layoutOf(shape: Shape): Layout<State> {
  return new Layout(declareState(shape))
}

/** The declaration of all variables for a scenario of this shape. */
function declareState(shape: Shape): Domain<State> {
  const { pages, pagesPerTable, mms, vmas, actors, uses, values } = shape
  const slots = slotsOf(shape)
  const tables = tablesOf(shape)
  const threads = actors.length
  const frames = shape.frames + shape.swapSlots
  const page = range(0, pages)
  const frame = range(NONE, frames - 1)
  const someFrame = (used: boolean) => range(NONE, used ? frames - 1 : NONE)
  const somebody = range(NONE, threads - 1)
  const upTo = (most: number, used: boolean) => range(0, used ? most : 0)
  const place = oneOf(...shape.placeNames)
  const longest = Math.max(...actors.map((actor) => actor.program.length))
  // A table that is being replaced maps its frames beside the new one.
  const mappers = (uses.merging ? 2 * mms : mms) + (uses.sharing ? threads : 0)
  return record<State>({
    geometry: constant(geometryOf(shape)),
    actor: constant(actors),
    mayFail: constant(shape.mayFail),
    mayKill: constant(shape.mayKill),
    options: constant(shape.options),
    uses: constant(uses),
    childStart: constant(shape.childStart),
    places: constant(shape.places),
    thread: list(
      threads,
      record<Thread>({
        pc: place,
        next: range(0, longest - 1),
        page,
        from: page,
        to: page,
        vma: range(0, vmas - 1),
        slot: range(0, slots),
        entry: range(0, pagesPerTable),
        frame,
        other: someFrame(uses.swap || uses.migration || uses.merging),
        copy: range(0, values - 1),
        space: range(0, mms - 1),
        child: range(0, mms - 1),
        table: range(NONE, tables - 1),
        locked: range(NONE, uses.swap || uses.migration || uses.merging ? tables - 1 : NONE),
        wants: flag(),
        held: range(NONE, uses.vmaLocks ? vmas - 1 : NONE),
        onward: place,
        after: place,
        back: place,
        whole: flag(),
        raced: flag(uses.pins),
        protects: flag(uses.pins),
        batch: list(mms, flag(uses.swap)),
        asked: list(threads, flag(uses.siblings)),
        flush: record({
          mm: upTo(mms - 1, uses.siblings),
          from: upTo(pages, uses.siblings),
          to: upTo(pages, uses.siblings),
        }),
      }),
    ),
    cpu: list(
      threads,
      record<Cpu>({
        tlb: list(
          pages,
          record<TlbEntry>({
            frame: range(NONE, shape.frames - 1),
            writable: flag(),
            dirty: flag(uses.lazy),
          }),
        ),
        upper: list(
          slots,
          record({
            table: range(NONE, uses.upperCache ? tables - 1 : NONE),
            writable: flag(uses.upperCache),
            huge: flag(uses.upperCache && uses.huge),
          }),
        ),
      }),
    ),
    mm: list(
      mms,
      record<Mm>({
        lock: record<Lock>({
          writer: somebody,
          readers: list(threads, flag()),
          waiting: list(threads, flag()),
        }),
        users: range(0, threads + mms),
        vma: list(
          vmas,
          record<Vma>({
            start: page,
            end: page,
            writable: flag(),
            peer: range(ERROR, mms * vmas - 1),
            changing: flag(uses.vmaLocks),
            device: flag(uses.devices),
            stack: flag(uses.stacks),
            locked: flag(uses.mlock),
            leftOut: flag(uses.forkAdvice),
            wiped: flag(uses.forkAdvice),
          }),
        ),
        pmd: list(
          slots,
          record<Pmd>({
            table: range(NONE, tables - 1),
            writable: flag(),
            huge: flag(uses.huge),
          }),
        ),
        peer: range(NONE, mms - 1),
        killed: flag(),
        protecting: flag(uses.pins),
        batched: range(uses.swap ? PENDING : NONE, uses.swap ? threads - 1 : NONE),
        copyFailed: flag(),
        fork: oneOf('none', 'done', 'failed'),
      }),
    ),
    table: list(
      tables,
      record<PteTable>({
        used: flag(),
        // One more than there can be, so that a wrong count is told as one.
        sharers: upTo(mms, uses.sharing),
        spinlock: somebody,
        lock: somebody,
        flagged: flag(uses.flags),
        pte: list(
          pagesPerTable,
          record<Pte>({
            frame,
            writable: flag(),
            dirty: flag(uses.lazy),
            swapped: flag(uses.swap),
            migrating: flag(uses.migration),
            hinted: flag(uses.hints),
          }),
        ),
      }),
    ),
    frame: list(
      frames,
      record<Frame>({
        value: range(0, values - 1),
        refs: range(0, mappers + threads + 4),
        maps: range(0, mappers),
        exclusive: flag(shape.options.reuse === 'exclusive'),
        pins: upTo(2, uses.pins),
        lazy: flag(uses.lazy),
        lock: range(NONE, uses.swap || uses.migration ? threads - 1 : NONE),
        cache: range(NONE, uses.swap ? shape.frames - 1 : NONE),
      }),
    ),
    rmap: record<ReverseMap>({
      writer: range(NONE, uses.swap || uses.migration ? threads - 1 : NONE),
      readers: list(threads, flag(uses.swap || uses.migration)),
    }),
    device: record({
      frame: someFrame(uses.pins),
      page: range(NONE, uses.pins ? pages - 1 : NONE),
    }),
    pipe: record({ frame: someFrame(uses.pipe) }),
    failuresLeft: range(0, shape.failures),
    failuresLast: constant(shape.failuresLast),
    ghost: record<Ghost>({
      memory: list(mms, list(pages, range(0, values - 1))),
      lazy: list(mms, list(pages, flag(uses.lazy))),
      forked: list(mms, flag()),
      copied: list(mms, list(pages, flag(uses.pins))),
      pipe: upTo(values - 1, uses.pipe),
      pipeOf: upTo(mms - 1, uses.pipe),
      forkFailed: list(mms, flag()),
      failed: record({
        copier: flag(),
        sync: flag(),
        fault: flag(),
        call: flag(),
      }),
    }),
  })
}
