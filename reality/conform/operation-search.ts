/**
 * All ways in which one thread's operation can go while all other threads are at rest. This is a
 * small depth-first search on plain states.
 */
import { type Action, actionsOf, isEnabled, type Model } from '../../checker/model.js'
import { dropRange } from '../../model/hardware/tlb.js'
import { type Machine, machine } from '../../model/machine.js'
import type { Scenario } from '../../model/scenario.js'
import type { State } from '../../model/state.js'
import type { System } from '../../model/systems/system.js'
import { copyOf, keyOf, passedOver } from './plain-state.js'

/** One way an operation went. */
export interface Way {
  readonly state: State
  /** Names of the rules that were taken, in order. */
  readonly rules: readonly string[]
  /** It never came to its end. */
  readonly stuck: boolean
  /** The state it went on from; left out where there is none. */
  readonly before?: State
}

/** Most steps of one operation; no operation of a sequence needs a tenth of it. */
const MAX_STEPS = 3000

export class OperationSearch {
  readonly machine: Machine
  private readonly model: Model<State>
  private readonly byThread = new Map<number, Action<State>[]>()
  private readonly answers: Action<State>[]

  constructor(scenario: Scenario, system: System) {
    this.machine = machine(scenario, system)
    this.model = { ...this.machine, properties: [] }
    const actions = actionsOf(this.model)
    this.answers = actions.filter(({ rule }) => rule.name === 'answerFlush')
    for (const action of actions.filter(({ rule }) => rule.at !== undefined)) {
      const [thread] = action.parameters
      this.byThread.set(thread, [...(this.byThread.get(thread) ?? []), action])
    }
  }

  get initial(): State {
    return this.machine.init[0]
  }

  private isEnabled(action: Action<State>, state: State): boolean {
    if (action.rule.at !== state.thread[action.parameters[0]].pc) return false
    return isEnabled(this.model, action, state)
  }

  /** All ends of the operation that thread `t` is at. A kernel thread may find nothing to do. */
  ways(begin: State, t: number): Way[] {
    const next = begin.thread[t].next
    const isDone = ({ thread }: State) =>
      thread[t].pc === 'gone' || (thread[t].next > next && thread[t].pc === 'user')
    const found = new Map<string, Way>()
    const seen = new Set<string>()
    const todo: { state: State; rules: string[] }[] = [{ state: copyOf(begin), rules: [] }]
    for (let one = todo.pop(); one; one = todo.pop()) {
      const { state, rules } = one
      if (isDone(state)) {
        this.end(found, state, rules, false)
        continue
      }
      const steps = this.steps(state, t)
      const isIdle = steps.length === 0 && rules.length === 0 && state.actor[t].mm < 0
      if (isIdle) this.end(found, passedOver(state, t), rules, false)
      else if (steps.length === 0 || rules.length > MAX_STEPS) this.end(found, state, rules, true)
      for (const [i, step] of steps.entries()) {
        // The last one may use the state up.
        const after = i === steps.length - 1 ? state : copyOf(state)
        step.rule.effect(after, ...step.parameters)
        if (steps.length > 1) {
          const key = keyOf(after)
          if (seen.has(key)) continue
          seen.add(key)
        }
        todo.push({ state: after, rules: [...rules, step.rule.name] })
      }
    }
    return [...found.values()].map((way) => ({ ...way, before: begin }))
  }

  private steps(state: State, t: number): Action<State>[] {
    const own = (this.byThread.get(t) ?? []).filter((action) => this.isEnabled(action, state))
    if (own.length > 0 && state.thread[t].pc !== 'flush.wait') return own
    const answers = this.answers.filter(
      ({ rule, parameters }) => rule.guard?.(state, ...parameters) ?? true,
    )
    return answers.length > 0 ? answers.slice(0, 1) : own
  }

  /** At rest nothing is cached: who takes a processor empties its TLB (no PCID in the guest). */
  private end(found: Map<string, Way>, state: State, rules: readonly string[], stuck: boolean) {
    for (let t = 0; t < state.geometry.threads; t++) dropRange(state, t, 0, state.geometry.pages)
    const way = { state, rules, stuck }
    const key = `${keyOf(state)} ${faultsOf(rules)} ${stuck}`
    if (!found.has(key)) found.set(key, way)
  }
}

/** How many page faults an access took. */
export const faultsOf = (rules: readonly string[]) =>
  rules.filter((name) => name === 'fault').length
