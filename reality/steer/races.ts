/**
 * Races of the sound model, drawn from its state graph: a thread is held where a kernel can hold it,
 * another one does its operation as far as it comes, then both go on to the end.
 */
import type { Model } from '../../checker/model.js'
import type { State } from '../../model/state.js'
import { Cursor } from '../../runs/cursor.js'
import { storySteps } from './program.js'

export interface Race {
  readonly name: string
  readonly scenario: string
  readonly schedule: readonly string[]
}

/** Scenarios in which a call of the kernel is about one page at a time, or flushes once. */
export const RACE_SCENARIOS = [
  ...['two-writers', 'two-readers', 'protect-last-page', 'migrate', 'collapse-and-write'],
  ...['discard-while-migrated', 'move-and-write', 'close-and-open'],
]

/** Steps after which the kernel can be held: see stops.ts. */
const HELD_AFTER = new Set([
  ...['forkVma', 'forkTable', 'forkFlush', 'fault', 'faultWalk', 'faultShared', 'faultCopy'],
  ...['faultClear', 'zapPage', 'changeDone', 'movePage', 'moveTable', 'migrate', 'collapseClears'],
])
/** What does not happen by itself. */
const NOT_TAKEN = /Fails$|Rests?$/
/** Longer than any operation of these scenarios. */
const MAX_STEPS = 200

/** All races of a scenario between two of its threads, each with its first free operation. */
export function racesOf(model: Model<State>, scenario: string): Race[] {
  const [first] = model.init
  const names = first.actor.map(({ name }) => name)
  // What the kernel does on demand empties the lists of all processors first, and would wait.
  const free = first.actor.filter(({ mm }) => mm >= 0).map(({ name }) => name)
  const races = names.flatMap((held) =>
    free.flatMap((other) => (held === other ? [] : between(model, scenario, held, other))),
  )
  const isNew = new Set<string>()
  return races.filter(({ schedule }) => {
    const text = schedule.join()
    return !isNew.has(text) && isNew.add(text)
  })
}

function between(model: Model<State>, scenario: string, held: string, other: string): Race[] {
  const whole = new Walk(model)
  const races: Race[] = []
  for (let op = 0; whole.isFree(held) && op < MAX_STEPS; op++) {
    const begin = whole.schedule.length
    if (!whole.operation(held)) break
    const taken = whole.schedule.slice(begin)
    for (const [i, label] of taken.entries()) {
      const [{ who, rule }] = storySteps([label])
      if (who !== held || !HELD_AFTER.has(rule)) continue
      const walk = new Walk(model, whole.schedule.slice(0, begin + i + 1))
      // mprotect flushes, and can be held there, only where an entry has lost a permission.
      if (rule === 'changeDone' && !walk.waitsForFlush(held)) continue
      if (!walk.isFree(other) || walk.steps(other) === 0) continue
      if (!walk.operation(held) || !walk.operation(other)) continue
      const name = `${scenario}: ${held} is held at ${rule} (step ${begin + i + 1}), ${other} goes on`
      races.push({ name, scenario, schedule: walk.schedule })
    }
  }
  return races
}

class Walk {
  readonly schedule: string[] = []
  private readonly cursor: Cursor<State>

  constructor(model: Model<State>, schedule: readonly string[] = []) {
    this.cursor = new Cursor(model)
    for (const label of schedule) this.take(label)
  }

  private take(label: string): void {
    const action = this.cursor.actions.get(label)
    if (!action) throw new Error(`no action ${label}`)
    this.cursor.take(action)
    this.schedule.push(label)
  }

  private at(who: string): { t: number; state: State } {
    const state = this.cursor.state()
    return { t: state.actor.findIndex(({ name }) => name === who), state }
  }

  /** Is a thread in user mode, with something left to do? */
  isFree(who: string): boolean {
    const { t, state } = this.at(who)
    const { pc, next } = state.thread[t]
    return pc === 'user' && next < state.actor[t].program.length - 1
  }

  waitsForFlush(who: string): boolean {
    const { t, state } = this.at(who)
    return state.thread[t].pc === 'flush.wait'
  }

  /** Takes steps of a thread up to the end of the operation it is in. @returns how many. */
  steps(who: string): number {
    const { t, state } = this.at(who)
    const { next } = state.thread[t]
    for (let taken = 0; taken < MAX_STEPS; taken++) {
      const now = this.at(who).state.thread[t]
      if (now.pc === 'gone' || (now.pc === 'user' && now.next > next)) return taken
      const label = this.nextOf(who)
      if (label === undefined) return taken
      this.take(label)
    }
    return MAX_STEPS
  }

  /** The same. @returns whether it came to the end. */
  operation(who: string): boolean {
    const { t, state } = this.at(who)
    const { next } = state.thread[t]
    if (state.thread[t].pc === 'user' && !this.isFree(who)) return true
    this.steps(who)
    const now = this.at(who).state.thread[t]
    return now.pc === 'user' && now.next > next
  }

  /** A step of the thread; or the answer to a flush that it waits for. */
  private nextOf(who: string): string | undefined {
    const all = this.cursor.enabledLabels()
    const [own] = all.filter(
      (label) =>
        label.startsWith(`${who}.`) &&
        !NOT_TAKEN.test(label) &&
        !label.startsWith(`${who}.answerFlush`),
    )
    return own ?? all.find((label) => label.endsWith(`.answerFlush(${who})`))
  }
}
