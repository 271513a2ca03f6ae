/** A story as programs of threads: each operation, and touches for walks that come before it. */
import { NONE, type Op, type State } from '../../model/state.js'

/** One item of a thread's program. */
export interface Item {
  /** The operation of the model, or null for a touch. */
  readonly op: number | null
  readonly line: string
}

/** A step of a schedule in its parts. */
export interface StoryStep {
  readonly text: string
  readonly who: string
  readonly rule: string
  readonly page: number | null
}

export function storySteps(schedule: readonly string[]): StoryStep[] {
  return schedule.map((text) => {
    const match = /^([\w.]+?)\.(\w+)(?:\((\w+)\))?$/.exec(text)
    const [, who = '', rule = text, page] = match ?? []
    return { text, who, rule, page: page === undefined || Number.isNaN(+page) ? null : +page }
  })
}

/** Is the walk of step `i` followed at once by its access, so that both are one instruction? */
function isOneAccess(steps: readonly StoryStep[], i: number): boolean {
  const next = steps[i + 1]
  return next?.who === steps[i].who && (next.rule === 'read' || next.rule === 'write')
}

/**
 * The program of an actor.
 * @param at the model's states along the schedule.
 */
export function programOf(
  steps: readonly StoryStep[],
  states: readonly State[],
  thread: number,
): { items: Item[]; itemOf: (step: number) => number } {
  const { name, program } = states[0].actor[thread]
  const items: Item[] = []
  const itemAt = new Map<number, number>()
  let op = 0
  const picked = new Map<number, number>()
  for (const [i, step] of steps.entries())
    if (step.who === name && step.rule === 'pick')
      picked.set(states[i].thread[thread].next, step.page ?? 0)
  const addOps = (to: number) => {
    for (; op <= to && op < program.length - 1; op++)
      items.push({ op, line: lineOf(program[op], picked.get(op)) })
  }
  for (const [i, step] of steps.entries()) {
    if (step.who !== name) continue
    const now = states[i].thread[thread].next
    if (step.rule === 'walk' && !isOneAccess(steps, i)) {
      addOps(now - 1)
      const touch = program[now].do === 'write' ? 'touch' : 'read'
      items.push({ op: null, line: `${touch} ${step.page} 0 0 0` })
      itemAt.set(i, items.length - 1)
      continue
    }
    addOps(now)
    itemAt.set(
      i,
      items.findIndex((item) => item.op === now),
    )
  }
  // What a processor caches beside the tables at the end is asked for by a real access.
  const end = states[states.length - 1]
  for (const page of stalePages(end, thread)) {
    const access = end.cpu[thread].tlb[page].writable ? 'touch' : 'read'
    items.push({ op: null, line: `${access} ${page} 0 0 0` })
  }
  return { items, itemOf: (step) => itemAt.get(step) ?? 0 }
}

function lineOf(op: Op, picked?: number): string {
  const page = picked ?? Math.max(0, op.page)
  const { do: name, end, target, size, writable, replace, value } = op
  const numbers: Record<string, readonly number[]> = {
    mmap: [page, end, Number(writable), Number(replace)],
    mremap: [page, end, size, target],
    mergeSame: [page, target, 0, 0],
    dmaWrite: [0, 0, 0, value],
  }
  return [name, ...(numbers[name] ?? [page, end, Number(writable), value])].join(' ')
}

/** Pages of which a thread's processor caches something else than its tables say. */
export function stalePages(state: State, t: number): number[] {
  const { mm } = state.actor[t]
  const { pagesPerTable } = state.geometry
  return state.cpu[t].tlb.flatMap((entry, page) => {
    if (entry.frame === NONE || mm < 0) return []
    const { table } = state.mm[mm].pmd[Math.floor(page / pagesPerTable)]
    const pte = table === NONE ? null : state.table[table].pte[page % pagesPerTable]
    const isSame = pte?.frame === entry.frame && !pte.swapped && !pte.migrating
    return isSame && (pte.writable || !entry.writable) ? [] : [page]
  })
}
