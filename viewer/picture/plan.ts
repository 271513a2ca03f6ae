/**
 * Where everything is in the picture. It depends on the run alone, not on the state, so nothing
 * jumps about from step to step: pages across, one address space above the frames, the others below.
 */
import type { State } from '../../model/state.js'

/** A rectangle. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The rows of one address space, from its threads to its pages, each as where it begins. */
export interface SpaceRows {
  readonly m: number
  /** The frames are below it. */
  readonly above: boolean
  readonly threads: readonly { readonly t: number; readonly y: number }[]
  readonly mm: number
  readonly vma: number
  readonly pmd: number
  readonly pte: number
  readonly expected: number
}

export interface Plan {
  readonly width: number
  readonly height: number
  /** Width of a page's column, and where the first one begins. */
  readonly column: number
  readonly left: number
  /** Too narrow for long words? */
  readonly narrow: boolean
  readonly spaces: readonly SpaceRows[]
  /** For each frame or swap slot its box, or null for one that this run never uses. */
  readonly frames: readonly (Box | null)[]
  /** Where threads of the kernel are listed, one line each. */
  readonly kernel: readonly { readonly t: number; readonly y: number }[]
}

export const CELL = 34
const THREAD = 46
const EXPECTED = 18
const GAP = 6
const ARROWS = 40
const HEAD = 20
/** Narrower columns cannot be read, wider ones are no better. */
const COLUMN = { least: 50, most: 128 }
/** All columns together are not narrower: an address space has as much to say with one page. */
const LEAST_TOGETHER = 240

/** @param available the width there is. */
export function planOf(states: readonly State[], available: number): Plan {
  const [first] = states
  const { pages, mms, frames, swapSlots } = first.geometry
  const left = available < 560 ? 42 : 84
  const column = Math.min(
    Math.max(COLUMN.most, LEAST_TOGETHER / pages),
    Math.max(COLUMN.least, Math.floor((available - left - 4) / pages)),
  )
  const spaces: SpaceRows[] = [rowsAbove(first, 0, HEAD)]
  let y = spaces[0].pte + CELL + ARROWS
  const used = usedFrames(states)
  const boxes: (Box | null)[] = []
  const place = (from: number, count: number) => {
    for (let row = 0; row * pages < count; row++) {
      const these = Array.from({ length: Math.min(pages, count - row * pages) }, (_, i) => i)
      const any = these.some((i) => used.has(from + row * pages + i))
      for (const i of these) {
        const box = boxOf({ left, column }, i, i + 1, y, CELL)
        boxes.push(used.has(from + row * pages + i) ? box : null)
      }
      if (any) y += CELL + GAP
    }
  }
  place(0, frames)
  place(frames, swapSlots)
  y += ARROWS - GAP
  for (let m = 1; m < mms; m++) {
    const rows = rowsBelow(first, m, y)
    spaces.push(rows)
    y = (rows.threads.at(-1)?.y ?? rows.mm) + THREAD + 2 * GAP
  }
  const outside = first.actor.flatMap(({ mm }, t) => (mm < 0 ? [t] : []))
  const kernel = outside.map((t, i) => ({ t, y: y + i * 18 }))
  return {
    width: left + pages * column + 4,
    height: y + kernel.length * 18 + GAP,
    column,
    left,
    narrow: column < 84,
    spaces,
    frames: boxes,
    kernel,
  }
}

/** The box of some columns in a row. */
export function columns(plan: Plan, from: number, to: number, y: number, height = CELL): Box {
  return boxOf(plan, from, to, y, height)
}

/** Between two columns there is room for the lines of a pair of pointers. */
function boxOf(
  { left, column }: Pick<Plan, 'left' | 'column'>,
  from: number,
  to: number,
  y: number,
  height: number,
): Box {
  const margin = column < 84 ? 2 : 5
  return { x: left + from * column + margin, y, width: (to - from) * column - 2 * margin, height }
}

function threadsOf(state: State, m: number): number[] {
  return state.actor.flatMap(({ mm }, t) => (mm === m ? [t] : []))
}

function rowsAbove(state: State, m: number, top: number): SpaceRows {
  const threads = threadsOf(state, m).map((t, i) => ({ t, y: top + i * THREAD }))
  const expected = top + threads.length * THREAD
  const mm = expected + EXPECTED + 2
  const vma = mm + CELL + GAP
  const pmd = vma + CELL + GAP
  const pte = pmd + CELL + GAP
  return { m, above: true, threads, expected, mm, vma, pmd, pte }
}

function rowsBelow(state: State, m: number, pte: number): SpaceRows {
  const pmd = pte + CELL + GAP
  const vma = pmd + CELL + GAP
  const mm = vma + CELL + GAP
  const expected = mm + CELL + 2
  const below = expected + EXPECTED + 2
  const threads = threadsOf(state, m).map((t, i) => ({ t, y: below + i * THREAD }))
  return { m, above: false, threads, expected, mm, vma, pmd, pte }
}

/** Frames and swap slots that hold anything at any time. */
function usedFrames(states: readonly State[]): ReadonlySet<number> {
  const used = new Set<number>()
  for (const { frame } of states)
    for (const [f, { refs, value }] of frame.entries()) if (refs > 0 || value > 0) used.add(f)
  return used
}
