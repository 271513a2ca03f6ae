/**
 * Threads that nobody tells apart: of one address space (or of the kernel), with the same program
 * but for the contents that each of its stores leaves. Nothing here is believed: see
 * checker/search/reduced/symmetry.ts.
 */
import type { Renaming } from '../checker/model.js'
import type { Actor, Shape } from './shape.js'
import { NONE, PARENT } from './state.js'

/** Lists with an element for each thread. */
const THREAD_LISTS = [
  'thread[]',
  'thread[].asked[]',
  'cpu[]',
  'mm[].lock.readers[]',
  'mm[].lock.waiting[]',
  'rmap.readers[]',
]

/** Variables that name a thread. */
const THREAD_NAMES = [
  'mm[].lock.writer',
  'mm[].batched',
  'table[].spinlock',
  'table[].lock',
  'frame[].lock',
  'rmap.writer',
]

/** Variables that hold the content of a page. */
const CONTENTS = ['frame[].value', 'thread[].copy', 'ghost.memory[][]', 'ghost.pipe']

/** One renaming for each thread and the next one like it. */
export function symmetriesOf({ actors }: Shape): Renaming[] {
  return actors.flatMap((actor, t) => {
    const u = actors.findIndex((other, i) => i > t && doTheSame(actor, other))
    return u < 0 ? [] : [exchange(actors, t, u)]
  })
}

function doTheSame(one: Actor, other: Actor): boolean {
  const program = (actor: Actor) => JSON.stringify(actor.program.map((op) => ({ ...op, value: 0 })))
  const isAlone = one.mm === PARENT || one.mm === NONE
  return isAlone && one.mm === other.mm && program(one) === program(other)
}

function exchange(actors: readonly Actor[], t: number, u: number): Renaming {
  const lists = actors.map((_, i) => (i === t ? u : i === u ? t : i))
  const threads = new Map([
    [t, u],
    [u, t],
  ])
  const contents = new Map(
    actors[t].program.flatMap(({ value }, i) => {
      const other = actors[u].program[i].value
      return value === other ? [] : [[value, other] as const, [other, value] as const]
    }),
  )
  return {
    name: `${actors[t].name} and ${actors[u].name}`,
    lists: Object.fromEntries(THREAD_LISTS.map((path) => [path, lists])),
    values: Object.fromEntries([
      ...THREAD_NAMES.map((path) => [path, threads]),
      ...CONTENTS.map((path) => [path, contents]),
    ]),
  }
}
