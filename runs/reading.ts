/**
 * Are rules and properties read as they run? A rule is compiled from its text, and a name in that
 * text is looked up in the vocabulary. As it stands, the rule uses what surrounds it. Where the two
 * differ, a search would look at another model than the one that was written. So the first states
 * of a model of the user's own are expanded both ways.
 */
import { type Model, ModelError } from '../checker/model.js'
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { Cursor } from './cursor.js'
import { forkMachine } from './fork-machine/subject.js'
import { subjectOf } from './setup-model.js'
import type { AnyState, Setup } from './subject.js'

/** At most this many states are expanded both ways, breadth first. */
const MOST_STATES = 1000

/**
 * Looks at the model of a setup. The rules of the fork machine are compared by tests.
 * @throws ModelError naming what is read otherwise than it runs.
 */
export function confirmReading(setup: Setup, model: Model<AnyState>): void {
  if (subjectOf(setup) !== forkMachine) confirmModel(model)
}

function confirmModel<S>(model: Model<S>): void {
  const compiled = compile(model)
  const cursor = new Cursor(model)
  const waiting = model.init.map((state) => model.layout.encode(state))
  const seen = new Set(waiting.map(String))
  for (let i = 0; i < waiting.length && i < MOST_STATES; i++) {
    cursor.moveToPacked(waiting[i])
    for (const after of successors(compiled, cursor, waiting[i])) {
      if (seen.has(String(after))) continue
      seen.add(String(after))
      waiting.push(after)
    }
    confirmConditions(compiled, cursor, waiting[i])
  }
}

/** The successors of a state, on which both ways of execution must agree. */
function successors<S>(
  { model, actions, enabled, apply, interpreted }: CompiledModel<S>,
  cursor: Cursor<S>,
  state: Int32Array,
): Int32Array[] {
  const isInterpreted = new Set(interpreted.map(({ rule }) => rule))
  return actions.flatMap((action, number) => {
    const compiled = outcome(() => {
      if (!enabled[number](state, 0)) return null
      const after = state.slice()
      apply[number](after, 0)
      return after
    })
    const plain = outcome(() => {
      cursor.moveToPacked(state)
      if (!cursor.isEnabled(action)) return null
      cursor.take(action)
      return cursor.packed()
    })
    cursor.moveToPacked(state)
    const { name } = action.rule
    if (!isInterpreted.has(name) && String(compiled) !== String(plain))
      throw misread(model, `rule ${name}`)
    return plain instanceof Int32Array ? [plain] : []
  })
}

function confirmConditions<S>(
  { model, holds, from, final, interpreted }: CompiledModel<S>,
  cursor: Cursor<S>,
  state: Int32Array,
): void {
  const confirm = (
    name: string,
    compiled: (a: Int32Array, o: number) => unknown,
    plain: (s: S) => unknown,
  ) => {
    if (interpreted.some(({ rule }) => rule === name)) return
    if (outcome(() => compiled(state, 0)) !== outcome(() => plain(cursor.here)))
      throw misread(model, name)
  }
  confirm('final', final, model.final)
  for (const [i, property] of model.properties.entries()) {
    confirm(property.name, holds[i], property.holds)
    const asks = from[i]
    if (asks && property.from) confirm(property.name, asks, property.from)
  }
}

/** The outcome of a function: its value, or an error. */
function outcome<T>(fn: () => T): T | 'an error' {
  try {
    return fn()
  } catch {
    return 'an error'
  }
}

function misread<S>({ name }: Model<S>, what: string): ModelError {
  return new ModelError(
    `model ${name}: ${what} is read otherwise than it runs: a name in its text means something else in the vocabulary`,
  )
}
