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
  return new Programming(steps, states, thread).program()
}

class Programming {
  private readonly items: Item[] = []
  /** The item of each step; until it is known, the operation. */
  private readonly itemAt = new Map<number, number>()
  private readonly opAt = new Map<number, number>()
  private readonly picked = new Map<number, number>()
  private readonly own: readonly (readonly [number, StoryStep])[]
  /** The first operation that is not an item yet. */
  private next = 0

  constructor(
    private readonly steps: readonly StoryStep[],
    private readonly states: readonly State[],
    private readonly thread: number,
  ) {
    const { name } = states[0].actor[thread]
    // A flush is answered by the processor, whatever its thread does.
    const isOwn = ({ who, rule }: StoryStep) => who === name && rule !== 'answerFlush'
    this.own = [...steps.entries()].filter(([, step]) => isOwn(step))
    for (const [i, { rule, page }] of this.own)
      if (rule === 'pick') this.picked.set(this.opOf(i), page ?? 0)
  }

  program(): { items: Item[]; itemOf: (step: number) => number } {
    this.touches()
    for (const [i, op] of this.opAt) {
      this.addUpTo(op)
      this.itemAt.set(
        i,
        this.items.findIndex((item) => item.op === op),
      )
    }
    this.accessesToStale()
    return { items: this.items, itemOf: (step) => this.itemAt.get(step) ?? 0 }
  }

  private opOf(step: number): number {
    return this.states[step].thread[this.thread].next
  }

  private addUpTo(op: number): void {
    const { program } = this.states[0].actor[this.thread]
    for (; this.next <= op && this.next < program.length - 1; this.next++)
      this.items.push({
        op: this.next,
        line: lineOf(program[this.next], this.picked.get(this.next)),
      })
  }

  /** A walk that no access follows is a touch, with the fault before it; the access comes later. */
  private touches(): void {
    const { program } = this.states[0].actor[this.thread]
    for (const [i, { rule, page }] of this.own) {
      const op = this.opOf(i)
      this.opAt.set(i, op)
      if (rule !== 'walk' || isOneAccess(this.steps, i)) continue
      this.addUpTo(op - 1)
      const touch = program[op].do === 'write' ? 'touch' : 'read'
      this.items.push({ op: null, line: `${touch} ${page} 0 0 0` })
      for (const [earlier, its] of [...this.opAt])
        if (its === op) {
          this.opAt.delete(earlier)
          this.itemAt.set(earlier, this.items.length - 1)
        }
    }
  }

  /** What a processor caches beside the tables at the end is asked for by a real access. */
  private accessesToStale(): void {
    const end = this.states[this.states.length - 1]
    for (const page of stalePages(end, this.thread)) {
      const access = end.cpu[this.thread].tlb[page].writable ? 'touch' : 'read'
      this.items.push({ op: null, line: `${access} ${page} 0 0 0` })
    }
  }
}

function lineOf(op: Op, picked?: number): string {
  const page = picked ?? Math.max(0, op.page)
  const { do: name, end, target, size, writable, closed, replace, value } = op
  if (name === 'mremap' && replace) return `mremapOver ${page} ${end} ${size} ${target}`
  const numbers: Record<string, readonly number[]> = {
    mmap: [page, end, Number(writable), Number(replace)],
    mprotect: [page, end, closed ? -1 : Number(writable), 0],
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
