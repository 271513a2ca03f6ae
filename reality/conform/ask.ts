/** A sequence in the helper's words, and what the helper answers. */
import type { Op, State } from '../../model/state.js'
import type { Sequence, Step } from './sequence.js'

/** One VMA: bounds in real pages, permissions as in maps, flags as in smaps. */
export type SeenVma = readonly [from: number, to: number, permissions: string, flags: string]
/** One page: nothing, a swap entry, parts of it differ, or a frame. */
export type SeenPage =
  | null
  | number
  | 'mixed'
  | readonly [frame: number, value: number, mappings: number, flags: string]

export interface SeenSpace {
  readonly vmas: readonly SeenVma[]
  readonly pages: readonly SeenPage[]
}

/** What the helper says after one operation. */
export interface Seen {
  readonly result: number
  readonly error: number
  readonly fault: number
  readonly skipped: number
  readonly faults: number
  /** Parent, child, second child; null: there is none. */
  readonly spaces: readonly (SeenSpace | null)[]
}

/**
 * The lines of a request.
 * @param programs the operations as the model's actors have them, with the contents to be written.
 */
export function linesOf(sequence: Sequence, programs: (step: number) => Op): string[] {
  const { pages, pagesPerTable, scale, vmas, steps } = sequence
  return [
    `sequence ${pages} ${pagesPerTable} ${scale}`,
    ...vmas.map(({ from, to, write, same, populated }) =>
      ['vma', from, to, Number(write), Number(same), ...populated].join(' '),
    ),
    // So that there is a first line even where nothing is done.
    'op parent start',
    ...steps.map((step, i) => lineOf(step, programs(i))),
    'end',
  ]
}

function lineOf({ who, op }: Step, { page, end, target, size, writable, replace, value }: Op) {
  const numbers: Record<string, readonly number[]> = {
    fork: [1],
    mmap: [page, end, Number(writable), Number(replace)],
    mremap: [page, end, size, target],
    mergeSame: [page, target],
    dmaWrite: [0, 0, 0, value],
  }
  const plain = [page, end, Number(writable), value]
  return ['op', who === 'child' ? 'child' : 'parent', op.do, ...(numbers[op.do] ?? plain)].join(' ')
}

/** The helper's lines as data: the first is the start, the second answers `start`. */
export function seenIn(lines: readonly string[]): Seen[] {
  const seen = lines.map((line) => JSON.parse(line) as Seen)
  return [seen[0], ...seen.slice(2)]
}

/** The flags of a page that are looked at: kernel-page-flags.h; 34 is PG_mappedtodisk. */
const FLAG = { swapBacked: 14n, tail: 16n, ksm: 21n, huge: 22n, zero: 24n, exclusive: 34n }

export function hasFlag(page: SeenPage, flag: keyof typeof FLAG): boolean {
  if (page === null || typeof page !== 'object') return false
  return ((BigInt(`0x${page[3]}`) >> FLAG[flag]) & 1n) === 1n
}

/** Where in the sequence's programs each step is. */
export function programPlaces(sequence: Sequence, state: State): (step: number) => Op {
  const next = { parent: 0, child: 0, kernel: 0 }
  const places = sequence.steps.map(({ who }) => [who, next[who]++] as const)
  const actor = (who: 'parent' | 'child' | 'kernel') =>
    state.actor.find((a) => (who === 'kernel' ? a.mm < 0 : a.name === who))
  return (step) => {
    const [who, at] = places[step]
    return actor(who)!.program[at]
  }
}
