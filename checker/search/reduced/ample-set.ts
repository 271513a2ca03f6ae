/**
 * Which steps of a state have to be looked at: those of a few processes, where nothing that the
 * others can do before one of them moves has to do with their steps (partial order), or all.
 * docs/design.md has the argument; the names there are those here.
 */
import { ElementSet } from './element-set.js'
import { type Group, Others } from './interference.js'
import type { Processes, Step } from './processes.js'
import type { Visibility } from './visibility.js'

export class Choice<S> {
  private last: { state: Int32Array; few: readonly Step[] | null } | null = null

  constructor(
    protected readonly processes: Processes<S>,
    protected readonly visibility: Visibility<S>,
  ) {}

  /** Steps that are enough, as few as were found; null where all have to be looked at. */
  of(state: Int32Array): readonly Step[] | null {
    if (this.last?.state !== state) this.last = { state, few: this.choose(state) }
    return this.last.few
  }

  /** All steps, in the order of processes. */
  all(state: Int32Array): Step[] {
    return this.processes
      .stepsIn(state)
      .flat()
      .filter(({ target, error }) => target !== null || error !== undefined)
  }

  private choose(state: Int32Array): readonly Step[] | null {
    const steps = this.processes.stepsIn(state)
    if (steps.some((of) => of.some(({ error }) => error !== undefined))) return null
    const able = this.processes.all
      .map(({ number }) => number)
      .filter((number) => steps[number].some(({ target }) => target !== null))
    if (able.length === 1) return this.all(state)
    let best: readonly Step[] | null = null
    const tried = new Set<string>()
    for (const first of able) {
      const members = new Set([first])
      for (;;) {
        const group = this.groupOf(members, steps)
        const isTooLarge = best !== null && best.length <= group.steps.length
        if (isTooLarge || able.every((number) => members.has(number))) break
        const key = [...members].sort((one, other) => one - other).join()
        if (tried.has(key)) break
        tried.add(key)
        const also = this.touched(group) ?? this.met(group, state)
        if (also === null) {
          best = group.steps
          break
        }
        if (also === SEEN) break
        members.add(also)
      }
    }
    return best
  }

  private groupOf(members: ReadonlySet<number>, all: readonly (readonly Step[])[]): Group {
    const { size } = this.processes.footprints
    const [own, reads, writes] = [0, 1, 2].map(() => new ElementSet(size))
    for (const member of members) own.include(this.processes.ownSet(member))
    const tried = [...members].flatMap((member) => all[member])
    for (const step of tried) {
      reads.include(step.reads)
      writes.include(step.writes)
    }
    const steps = tried.filter(({ target }) => target !== null)
    return { members: new Set(members), tried, steps, own, reads, writes }
  }

  /** A process outside of the group whose own variables its steps change, or null. */
  private touched({ members, writes }: Group): number | null {
    const found = this.processes.all.find(
      ({ number }) => !members.has(number) && writes.meets(this.processes.ownSet(number)),
    )
    return found?.number ?? null
  }

  /** A process that has to do with the group's steps; SEEN if a property can tell; or null. */
  private met(group: Group, state: Int32Array): number | null {
    const others = this.othersThan(group, state)
    const process = others.follow()
    if (process !== null) return process
    return this.isSeen(group, others, state) ? SEEN : null
  }

  protected othersThan(group: Group, state: Int32Array): Others<S> {
    return new Others(this.processes, group, state)
  }

  protected isSeen({ steps }: Group, others: Others<S>, state: Int32Array): boolean {
    return this.visibility.sees(steps, others, state)
  }
}

/** No process: a property can tell the steps from others. */
const SEEN = -1
