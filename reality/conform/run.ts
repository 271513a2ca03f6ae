/** One sequence on a kernel and in the model, side by side. */
import { type Mutant, mutate } from '../../model/mutant.js'
import type { State } from '../../model/state.js'
import { type System, systems } from '../../model/systems/index.js'
import type { Machine } from '../machine.js'
import type { AbstractionName } from './abstractions.js'
import { hasFlag, linesOf, programPlaces, type Seen, seenIn } from './ask.js'
import { Comparer, type Comparison, type Untouched } from './compare.js'
import { OperationSearch, type Way } from './operation-search.js'
import { passedOver } from './plain-state.js'
import { type Sequence, type Step, scenarioOf } from './sequence.js'

/** One step, and what the kernel and the model made of it. */
export interface StepLog {
  readonly step: Step
  readonly seen: Seen
  readonly rules: readonly string[]
  readonly used: readonly AbstractionName[]
}

export interface SequenceResult {
  readonly sequence: Sequence
  readonly steps: readonly StepLog[]
  /** In words; empty when kernel and model agree to the end. `at` is the step, -1 the start. */
  readonly differences: readonly string[]
  readonly at: number
}

/** The system that stands for the kernel, or one with a flaw: that must be noticed. */
export function modelSystem(mutant?: Mutant, foreign = false): System {
  const linux = systems.find(({ name }) => name === 'linux')
  if (!linux) throw new Error('there is no system linux')
  return mutant ? mutate(linux, mutant, foreign) : linux
}

/** Runs a sequence. @throws MachineError when the helper goes. */
export async function runSequence(
  machine: Machine,
  sequence: Sequence,
  system: System,
): Promise<SequenceResult> {
  const search = new OperationSearch(scenarioOf(sequence), system)
  const programs = programPlaces(sequence, search.initial)
  const seen = seenIn(await machine.request(linesOf(sequence, programs)))
  return new SideBySide(sequence, search, seen, machine.isGuest).run()
}

class SideBySide {
  private candidates: readonly State[]
  private zero = new Set<string>()
  private leftOut = new Set<string>()
  private readonly logs: StepLog[] = []
  private readonly sources: ReadonlyMap<string, string>

  constructor(
    private readonly sequence: Sequence,
    private readonly search: OperationSearch,
    private readonly seen: readonly Seen[],
    private readonly isGuest: boolean,
  ) {
    this.candidates = [search.initial]
    this.sources = new Map(search.machine.rules.map(({ name, source = '' }) => [name, source]))
  }

  run(): SequenceResult {
    const start: Way = { state: this.search.initial, rules: [], stuck: false }
    const { differences } = this.compare(start, this.seen[0])
    if (differences.length > 0) return this.over(differences, -1)
    for (const [i, step] of this.sequence.steps.entries()) {
      const seen = this.seen[i + 1]
      if (!seen) return this.over(['kernel: the helper did not answer'], i)
      if (this.isOver(step, seen)) break
      const differs = this.step(step, seen)
      if (differs) return this.over(differs, i)
      this.remember(seen)
    }
    return this.over([], this.sequence.steps.length)
  }

  private over(differences: readonly string[], at: number): SequenceResult {
    return { sequence: this.sequence, steps: this.logs, differences, at }
  }

  private compare(way: Way, seen: Seen, step?: Step): Comparison {
    const untouched: Untouched = { zero: this.zero, leftOut: this.leftOut }
    return new Comparer(this.sequence, untouched, this.sources, this.isGuest).compare(
      way,
      seen,
      step,
    )
  }

  /** All ways the model can go that fit; what differs least when none does. */
  private step(step: Step, seen: Seen): readonly string[] | null {
    if (step.op.do === 'fork') this.rememberLeftOut(seen)
    const ways = this.candidates.flatMap((state) => this.ways(state, step, seen))
    const compared = ways.map(({ way, used }) => {
      const { differences, used: also } = this.compare(way, seen, step)
      return { way, differences, used: [...used, ...also] }
    })
    compared.sort(
      (x, y) => x.differences.length - y.differences.length || x.used.length - y.used.length,
    )
    const [best] = compared
    if (!best) {
      this.logs.push({ step, seen, rules: [], used: [] })
      return ['model: cannot do the operation']
    }
    this.logs.push({ step, seen, rules: best.way.rules, used: best.used })
    if (best.differences.length > 0) return best.differences
    const least = best.used.length
    const fitting = compared.filter((c) => c.differences.length === 0 && c.used.length === least)
    this.candidates = fitting.map(({ way }) => way.state)
    return null
  }

  private ways(state: State, step: Step, seen: Seen): { way: Way; used: AbstractionName[] }[] {
    const t = threadOf(state, step)
    const ways = this.search.ways(state, t).map((way) => ({ way, used: [] }))
    const may = MAY_PASS_OVER[step.op.do]
    // The helper is told when the kernel refuses; of reclaim and ksmd nobody tells.
    const isTold = step.op.do === 'migrate' || step.op.do === 'collapse'
    if (!may || (isTold && seen.error === 0)) return ways
    const nothing = { state: passedOver(state, t), rules: [], stuck: false }
    return [...ways, { way: nothing, used: [may] }]
  }

  /** The kernel can do more than the model: from here on they are two. */
  private isOver(step: Step, seen: Seen): boolean {
    if (step.op.do !== 'mremap' || seen.error !== 0 || seen.skipped || this.isGuest) return false
    const { from, to, target } = step.op
    if (target === undefined) return false
    const spans = this.candidates[0].mm[0].vma.some((v) => from < v.end && v.end < to)
    if (!spans) return false
    this.logs.push({ step, seen, rules: [], used: ['mremap-of-several-vmas'] })
    return true
  }

  /** Pages that fork has left out though the parent finds zeros there. */
  private rememberLeftOut({ spaces }: Seen): void {
    for (let page = 0; page < this.sequence.pages; page++)
      if ((spaces[1]?.pages[page] ?? null) === null && this.zero.has(`parent ${page}`))
        this.leftOut.add(`child ${page}`)
  }

  private remember(seen: Seen): void {
    for (const [m, who] of ['parent', 'child'].entries())
      for (let page = 0; page < this.sequence.pages; page++) {
        const one = seen.spaces[m]?.pages[page] ?? null
        const name = `${who} ${page}`
        if (one !== null) this.leftOut.delete(name)
        if (hasFlag(one, 'zero')) this.zero.add(name)
        else this.zero.delete(name)
      }
  }
}

/** Work of the kernel that it may refuse where the model's kernel does it. */
const MAY_PASS_OVER: Readonly<Record<string, AbstractionName>> = {
  swapOut: 'pageout-keeps-page',
  migrate: 'nothing-to-migrate',
  mergeSame: 'ksmd-looks-first',
  collapse: 'collapse-declined',
}

function threadOf(state: State, { who }: Step): number {
  return state.actor.findIndex((a) => (who === 'kernel' ? a.mm < 0 : a.name === who))
}
