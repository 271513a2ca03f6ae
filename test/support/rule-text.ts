/**
 * Rules as text, run three ways: compiled to code on packed states, as they stand on a view of a
 * packed state, and as they stand on a plain object. All three must do the same.
 */
import fc from 'fast-check'
import type { Action, CompiledModel, Domain, Model, Rule, ValueOf } from '../../checker/index.js'
import {
  compile,
  constant,
  flag,
  isEnabled,
  Layout,
  list,
  oneOf,
  range,
  record,
} from '../../checker/index.js'

/** A little of everything that a state may hold. */
const fixture = record({
  pc: oneOf('idle', 'busy', 'done'),
  // The names of `pc` in another order: the numbers behind equal names differ.
  next: oneOf('done', 'idle', 'busy'),
  other: oneOf('busy', 'lost'),
  up: flag(),
  on: flag(),
  n: range(-3, 4),
  m: range(0, 3),
  one: range(2, 2),
  list: list(3, range(0, 3)),
  flags: list(2, flag()),
  cell: list(
    2,
    record({ x: range(0, 2), at: range(0, 2), on: flag(), who: oneOf('idle', 'busy', 'done') }),
  ),
  grid: list(2, list(2, range(0, 1))),
  none: list(0, range(0, 1)),
  table: constant([2, 0, 1]),
  nobody: constant([] as number[]),
  ends: constant([0, 2, 0]),
  rows: constant([[1, 2], [0]] as number[][]),
  plans: constant([
    { who: 'idle', steps: [{ do: 'busy', by: 1 }] },
    {
      who: 'done',
      steps: [
        { do: 'idle', by: 0 },
        { do: 'done', by: 2 },
      ],
      extra: 1,
    },
  ] as { who: string; steps: { do: string; by: number }[]; extra?: number }[]),
  size: constant(2),
  half: constant(0.5),
})
export type Fixture = ValueOf<typeof fixture>
const layout = new Layout(fixture)

/** Any value of a domain. */
export function anyOf<V>(domain: Domain<V>): fc.Arbitrary<V> {
  switch (domain.kind) {
    case 'constant':
      return fc.constant(domain.value as V)
    case 'list': {
      const elements = Array.from({ length: domain.length }, () => anyOf(domain.element))
      return fc.tuple(...elements) as unknown as fc.Arbitrary<V>
    }
    case 'record': {
      const fields = Object.entries(domain.fields).map(([name, field]) => [name, anyOf(field)])
      return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<V>
    }
    case 'scalar': {
      const { type, min, max, names } = domain.scalar
      const numbers = fc.integer({ min, max })
      if (type === 'range') return numbers as fc.Arbitrary<never>
      return numbers.map((i) => (type === 'flag' ? i === 1 : names[i])) as fc.Arbitrary<never>
    }
  }
}

/** A fixed sample of states, the same in every run. */
export const sampleStates: readonly Fixture[] = fc.sample(anyOf(fixture), {
  numRuns: 40,
  seed: 7,
})

/** Source of functions and values a rule may name. */
export type Words = Readonly<Record<string, string>>

/** Texts turned into functions that see each other and the words, as in one module. */
export function program(
  words: Words,
  texts: readonly string[],
): { vocabulary: object; functions: never[] } {
  const names = Object.keys(words)
  const lines = names.map((name) => `const ${name} = ${words[name]}`)
  const result = `return [{ ${names.join(', ')} }, [${texts.map((t) => `(${t})`).join(', ')}]]`
  const [vocabulary, functions] = new Function(`"use strict"\n${lines.join('\n')}\n${result}`)()
  return { vocabulary, functions }
}

export interface RuleText {
  readonly guard?: string
  readonly effect?: string
  readonly words?: Words
  /** The rule exists once for each of these. */
  readonly parameters?: readonly number[]
}

/** A model with one rule, given as text. */
function modelOfText({ guard, effect, words = {}, parameters }: RuleText): Model<Fixture> {
  const texts = [guard ?? '() => true', effect ?? '() => {}']
  const { vocabulary, functions } = program(words, texts)
  const rule: Rule<Fixture> = {
    name: 'rule',
    for: parameters ? ['p'] : [],
    effect: functions[1],
    ...(guard === undefined ? {} : { guard: functions[0] }),
  }
  return {
    name: 'text',
    layout,
    init: sampleStates,
    ranges: { p: { values: parameters ?? [] } },
    rules: [rule],
    properties: [],
    final: () => true,
    vocabulary: vocabulary as Record<string, unknown>,
  }
}

/** What a step does to a state: not enabled, an error, or the state after it. */
type Outcome = 'disabled' | 'error' | Fixture

function packedOutcome(model: CompiledModel<Fixture>, i: number, state: Fixture): Outcome {
  const vector = layout.encode(state)
  const before = vector.slice()
  try {
    const enabled = model.enabled[i](vector, 0)
    if (vector.some((word, j) => word !== before[j])) throw new Error('a guard changed the state')
    if (!enabled) return 'disabled'
    model.apply[i](vector, 0)
    return layout.decode(vector)
  } catch {
    return 'error'
  }
}

function plainOutcome(model: Model<Fixture>, action: Action<Fixture>, state: Fixture): Outcome {
  const copy = structuredClone(state)
  if (!isEnabled(model, action, copy)) return 'disabled'
  action.rule.effect(copy, ...action.parameters)
  return copy
}

/** Successors by way of the generated dispatcher; 'error' when it throws. */
function expanded(model: CompiledModel<Fixture>, state: Fixture): string {
  try {
    const count = model.expand(layout.encode(state), 0)
    const after = Array.from({ length: count }, (_, i) => [
      model.actions[model.taken[i]].label,
      layout.decode(model.successors, i * layout.words),
    ])
    return JSON.stringify(after)
  } catch {
    return 'error'
  }
}

/**
 * Runs a rule all ways in the given states.
 * @returns the first difference, or null; and why the rule is not compiled, or null.
 */
export function compareThreeWays(
  text: RuleText,
  states: readonly Fixture[] = sampleStates,
): { difference: string | null; reason: string | null; errors: number } {
  const model = modelOfText(text)
  const compiled = compile(model)
  const interpreted = compile(model, { execution: 'interpreted' })
  const own = compile(model, { commonStates: 0 })
  const reason = compiled.interpreted[0]?.reason ?? null
  let errors = 0
  for (const state of states) {
    for (const [i, action] of compiled.actions.entries()) {
      const meant = packedOutcome(interpreted, i, state)
      const got = packedOutcome(compiled, i, state)
      if (meant === 'error') errors++
      // A plain object does not know its ranges: it speaks only where nothing goes wrong.
      const plain = meant === 'error' ? meant : plainOutcome(model, action, state)
      const seen = [meant, got, plain].map((outcome) => JSON.stringify(outcome))
      if (seen[0] !== seen[1] || seen[0] !== seen[2]) {
        const [asItStands, whenCompiled, onObjects] = seen
        const difference = JSON.stringify({ state, asItStands, whenCompiled, onObjects }, null, 1)
        return {
          difference: `${action.label}\n${difference}\n${compiled.program.code}`,
          reason,
          errors,
        }
      }
    }
    const meant = expanded(interpreted, state)
    const other = [compiled, own].map((one) => expanded(one, state)).find((got) => got !== meant)
    if (other) return { difference: `expand: ${meant} but ${other}`, reason, errors }
  }
  return { difference: null, reason, errors }
}
