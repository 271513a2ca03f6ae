/** Puts a scenario and a system together: the initial state, the rules and their vocabulary. */
import type { Action, Model } from '../checker/model.js'
import { Layout } from '../checker/state/layout.js'
import { initialState } from './initial.js'
import { shapeOf } from './program.js'
import { withHooks } from './rule.js'
import type { Scenario } from './scenario.js'
import { scopesOf, vocabularyOf } from './scopes.js'
import type { Shape } from './shape.js'
import { domainOf } from './state/derive.js'
import { sizesOf } from './state/sizes.js'
import { side } from './state/values.js'
import { NONE, type State, variables } from './state.js'
import type { System } from './systems/system.js'

/** Everything of a model but what it must satisfy. */
export type Machine = Omit<Model<State>, 'properties'>

/** The machine of a system in a scenario. Pure: equal arguments give equal machines. */
export function machine(scenario: Scenario, system: System): Machine {
  const shape = shapeOf(scenario, system)
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
  const labels = shape.actors.map((actor) => actor.name)
  const { rules, vocabulary, scopes } = textOf(system)
  const threads = { values: numbers(shape.actors.length), labels }
  return {
    name: `${system.name}/${scenario.name}`,
    layout: new Layout<State>(domainOf(variables, sizesOf(shape))),
    init: [initialState(scenario, shape)],
    ranges: {
      thread: { ...threads, actor: true },
      asker: threads,
      page: { values: numbers(shape.pages) },
      space: {
        values: numbers(shape.mms),
        labels: numbers(shape.mms).map(side),
      },
    },
    location: placeOf,
    rules,
    notes: ['allocates', 'copiesTable', 'requires', 'assumed'],
    final: isFinal,
    fairness: (action) => fairGroup(shape, action),
    vocabulary,
    scopes,
  }
}

const texts = new WeakMap<System, Pick<Machine, 'rules' | 'vocabulary' | 'scopes'>>()

/** The rules of a system and what their names mean: the same objects for all its machines. */
function textOf(system: System): Pick<Machine, 'rules' | 'vocabulary' | 'scopes'> {
  const known = texts.get(system)
  if (known) return known
  const rules = withHooks(system.rules, system.hooks)
  const scopes = scopesOf(system.vocabulary, rules)
  const made = { rules, vocabulary: vocabularyOf(system.vocabulary), scopes }
  texts.set(system, made)
  return made
}

/** Where a thread is. One function for all machines, so that its text is read once. */
function placeOf(s: State, t: number): string {
  return s.thread[t].pc
}

/**
 * Whoever can go on does: each thread, and apart from it each CPU's interrupts. A thread of the
 * kernel need not begin what it could do, and nobody need be killed.
 */
function fairGroup(shape: Shape, { rule, actor, parameters }: Action<State>): string | null {
  if (rule.for?.[0] !== 'thread') return null
  if (rule.at === 'user' && shape.actors[parameters[0]].mm === NONE) return null
  return rule.at === undefined ? `${actor}'s CPU` : actor
}

/**
 * Every thread has come to the end of its program, or is gone, or never was. A thread of the
 * kernel need not have found anything to do.
 */
export function isFinal(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    const isKernel = s.actor[t].mm === NONE
    const atEnd = me.pc === 'user' && (isKernel || s.actor[t].program[me.next].do === 'end')
    if (!atEnd && me.pc !== 'gone' && me.pc !== 'unborn') return false
  }
  return true
}
