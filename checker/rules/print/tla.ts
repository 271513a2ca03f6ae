/**
 * A model as TLA+, for TLC (https://lamport.azurewebsites.net/tla/tla.html): the trees of its rules
 * printed once more, so that another program searches it.
 *
 * The state is one variable, a record as the model declares it. Every function is an operator: a
 * condition of a state, or the next state. Every action has a name, so TLC generates as many states
 * as there are initial states and steps. A rule that fails is an evaluation that fails (`Assert`),
 * with a message that says where.
 *
 * Weak fairness is that of the engine (graph/eventually.ts): a step that changes nothing is a step
 * too. For TLA+ it is no step, but a group that takes such steps for ever counts as fair as well.
 */

import { type Action, actionsOf, type Model, ModelError, type Property } from '../../model.js'
import { ModelReader } from '../model-reader.js'
import { callOn, type Node, type RuleFunction } from '../tree.js'
import { some } from '../visit.js'
import { functionsIn, withCallees } from './functions.js'
import { identifier, Names } from './tla/names.js'
import { Operators } from './tla/operators.js'
import { StateShape } from './tla/state.js'
import { bullets, define } from './tla/text.js'

/** A module, for a file of its name with the ending `.tla`, and a configuration for TLC. */
export interface TlaModule {
  readonly name: string
  readonly module: string
  /** The text of the configuration file, which has the same name with the ending `.cfg`. */
  readonly config: string
  /** The labels of the actions by the names that they have in the module. */
  readonly labels: ReadonlyMap<string, string>
}

/** Operators that printed functions call. */
const PRELUDE = [
  '\\* `= TRUE` in an action: TLC would otherwise try each disjunct of what is asked.',
  String.raw`\* A list, with its first element at 0.`,
  String.raw`List(elements) == [i \in 0 .. Len(elements) - 1 |-> elements[i + 1]]`,
  String.raw`\* The value, and an error where the test fails.`,
  'Checked(test, text, value) == IF Assert(test, text) THEN value ELSE value',
  'Index(i, length, path) ==',
  String.raw`  Checked(i \in 0 .. length - 1, path \o " has no such element", i)`,
  'InRange(value, allowed, path) ==',
  String.raw`  Checked(value \in allowed, path \o " cannot hold this value", value)`,
  'Present(value, missing, path) ==',
  String.raw`  Checked(value # missing, path \o " has no such element", value)`,
  String.raw`\* The value, once the other one is had.`,
  'After(checked, value) == IF checked = checked THEN value ELSE value',
  'Magnitude(x) == IF x < 0 THEN -x ELSE x',
  String.raw`Quotient(x, y) == IF y < 0 THEN (-x) \div (-y) ELSE x \div y`,
  'Remainder(x, y) ==',
  '  IF x < 0 THEN -((-x) % Magnitude(y)) ELSE x % Magnitude(y)',
  'Smaller(x, y) == IF x < y THEN x ELSE y',
  'Larger(x, y) == IF x > y THEN x ELSE y',
  String.raw`NumberOf(names, name) == CHOOSE i \in 0 .. Len(names) - 1 : names[i + 1] = name`,
]
/** The same, for models with bit operators. */
const BIT_OPERATORS = [
  String.raw`\* On bits: half of a number has all bits but the lowest, which is x % 2.`,
  'RECURSIVE BitAnd(_, _)',
  'BitAnd(x, y) ==',
  String.raw`  IF x = 0 \/ y = 0 THEN 0 ELSE IF x = -1 THEN y ELSE IF y = -1 THEN x`,
  String.raw`  ELSE (2 * BitAnd(x \div 2, y \div 2)) + ((x % 2) * (y % 2))`,
  'BitOr(x, y) == (-1) - BitAnd((-1) - x, (-1) - y)',
  'BitXor(x, y) == BitOr(x, y) - BitAnd(x, y)',
  'RECURSIVE ShiftLeft(_, _)',
  'ShiftLeft(x, y) == IF y = 0 THEN x ELSE ShiftLeft(2 * x, y - 1)',
  'RECURSIVE ShiftRight(_, _)',
  String.raw`ShiftRight(x, y) == IF y = 0 THEN x ELSE ShiftRight(x \div 2, y - 1)`,
  'ShiftRightUnsigned(x, y) ==',
  '  IF x >= 0 THEN ShiftRight(x, y)',
  '  \\* Too large for TLC, which says so.',
  '  ELSE IF y = 0 THEN (x + 2147483647) + 2147483647 + 2',
  String.raw`  ELSE ShiftRight(((x \div 2) + 1073741824) + 1073741824, y - 1)`,
]
/** The names of these, and of what every module has. */
const GIVEN = [
  ...[...PRELUDE, ...BIT_OPERATORS]
    .map((line) => line.split('(')[0])
    .filter((name) => /^\w+$/.test(name)),
  ...['state', 'Init', 'Next', 'Live', 'Spec', 'CanGoOn', 'NoDeadlock'],
]

/**
 * The model's text in TLA+.
 * @throws ModelError when a function of the model cannot be read and so not be translated.
 */
export function toTla<S>(model: Model<S>): TlaModule {
  const actions = actionsOf(model)
  const reader = new ModelReader(model, {})
  const read = reader.actions(actions).filter(({ guard }) => guard !== null)
  const condition = (name: string, holds: (s: S) => boolean) =>
    reader.function(name, holds, [], 'condition')
  const properties = model.properties.map(({ name, kind, says, holds, from }) => ({
    name,
    kind,
    says,
    holds: condition(name, holds),
    from: from ? condition(name, from) : null,
  }))
  const final = condition('final', model.final)
  const [unread] = reader.reasons
  if (unread) throw new ModelError(`${unread[0]} cannot be translated: ${unread[1]}`)

  const names = new Names()
  for (const name of GIVEN) names.give(name)
  const shape = new StateShape(model.layout, names)
  const init = [...new Set(model.init.map((state) => shape.text(state)))]
  const functions = [
    ...functionsIn(read),
    ...properties.flatMap(({ holds, from }) => (from ? [holds, from] : [holds])),
    final,
  ]
  const operators = new Operators(functions, names, shape as StateShape<unknown>)
  const on = (fn: RuleFunction, owner: string) =>
    operators.conjuncts(callOn(fn), owner).join(' /\\ ')
  const steps = read.map(({ number, guard, effect }) => {
    const action = actions[number]
    const guards = guard ? operators.conjuncts(guard, action.label) : []
    const next = effect ? `${operators.operator(effect, `${action.label}_effect`)}(state)` : 'state'
    const asked = [...guards.map((one) => `${one} = TRUE`), `state' = ${next}`]
    const name = names.give(action.label)
    const text = `\\* ${action.label}\n${define(name, bullets('/\\', asked))}`
    return { action, name, text, guard: guards.length > 0 ? guards.join(' /\\ ') : 'TRUE' }
  })
  const groups = groupsOf(model, steps, names)
  const asked = properties.map(({ name, kind, says, holds, from }) => {
    const given = names.give(name)
    const [text, before] = [on(holds, name), from && on(from, name)]
    const body = {
      always: text,
      sometimes: `~${text}`,
      eventually: before ? `(${before}) ~> (${text})` : `[]<>(${text})`,
    }[kind]
    const also = kind === 'sometimes' ? ' That is so where this invariant is violated.' : ''
    return {
      name: given,
      kind,
      text: `\\* ${says.replace(/\s+/g, ' ')}${also}\n${define(given, body)}`,
    }
  })
  const noDeadlock = `NoDeadlock == CanGoOn \\/ ${on(final, 'final')}`
  const guards = [...new Set(steps.map(({ guard }) => guard))]

  const name = identifier(model.name)
  const title = ` MODULE ${name} `
  const module = [
    `---------------------------${title}---------------------------`,
    `\\* ${model.name}, written by forkcheck export. This is ${name}.tla; with ${name}.cfg beside it:`,
    `\\* java -Xss64m -cp tla2tools.jar tlc2.TLC ${name}.tla`,
    'EXTENDS Integers, Sequences, TLC',
    'VARIABLE state',
    '',
    ...PRELUDE,
    ...(withCallees(functions).some(usesBits) ? BIT_OPERATORS : []),
    '',
    ...operators.text(),
    '\\* The condition of some action holds. TLC takes very long for `ENABLED Next`, which says the same.',
    define('CanGoOn', guards.length > 0 ? bullets('\\/', guards) : 'FALSE'),
    '',
    define(
      'Init',
      bullets(
        '\\/',
        init.map((state) => `state = ${state}`),
      ),
    ),
    '',
    ...steps.map(({ text }) => `${text}\n`),
    ...groups.flatMap(({ text }) => (text ? [`${text}\n`] : [])),
    define('Next', nextOf(steps, groups)),
    '',
    define(
      'Live',
      groups.length > 0
        ? bullets(
            '/\\',
            groups.map(({ live }) => live),
          )
        : 'TRUE',
    ),
    'Spec == Init /\\ [][Next]_state /\\ Live',
    '',
    noDeadlock,
    ...asked.map(({ text }) => text),
    '='.repeat(54 + title.length),
    '',
  ].join('\n')
  const labels = new Map(steps.map((step) => [step.name, step.action.label]))
  return { name, module, config: configOf(asked), labels }
}

const BITS: ReadonlySet<string> = new Set(['&', '|', '^', '<<', '>>', '>>>'])

function usesBits({ body }: RuleFunction): boolean {
  const isBits = (node: Node) => node.kind === 'operation' && BITS.has(node.operator)
  return (body ?? []).some((statement) => some(statement, isBits))
}

interface NamedAction<S> {
  readonly action: Action<S>
  readonly name: string
}

interface Group {
  readonly name: string
  /** The actions of the group; null where it is a single one, which has its name. */
  readonly text: string | null
  readonly steps: readonly string[]
  /** Weak fairness of a group. */
  readonly live: string
}

function groupsOf<S>(model: Model<S>, steps: readonly NamedAction<S>[], names: Names): Group[] {
  const nameOf: NonNullable<Model<S>['fairness']> = model.fairness ?? (({ actor }) => actor)
  const members = new Map<string, string[]>()
  for (const { action, name } of steps) {
    const group = nameOf(action)
    if (group !== null) members.set(group, [...(members.get(group) ?? []), name])
  }
  return [...members].map(([group, of]) => {
    const name = of.length > 1 ? names.give(group) : of[0]
    const text = of.length > 1 ? define(name, bullets('\\/', of)) : null
    const live = bullets('\\/', [
      `[]<>~ENABLED ${name}`,
      `[]<>ENABLED (${name} /\\ UNCHANGED state)`,
      `[]<><<${name}>>_state`,
    ])
    return { name, text, steps: of, live }
  })
}

function nextOf<S>(steps: readonly NamedAction<S>[], groups: readonly Group[]): string {
  const grouped = new Set(groups.flatMap((group) => group.steps))
  const alone = steps.map(({ name }) => name).filter((name) => !grouped.has(name))
  const all = [...groups.map(({ name }) => name), ...alone]
  return all.length > 0 ? bullets('\\/', all) : 'FALSE'
}

function configOf(properties: readonly { name: string; kind: Property<never>['kind'] }[]): string {
  const of = (kind: Property<never>['kind']) =>
    properties.filter((property) => property.kind === kind).map(({ name }) => `  ${name}`)
  const eventually = of('eventually')
  const sometimes = of('sometimes')
  return [
    'SPECIFICATION Spec',
    '\\* A state in which nothing can happen may be a final one: see NoDeadlock.',
    'CHECK_DEADLOCK FALSE',
    'INVARIANTS',
    '  NoDeadlock',
    ...of('always'),
    ...(eventually.length > 0 ? ['PROPERTIES', ...eventually] : []),
    ...(sometimes.length > 0
      ? [
          '\\* To be violated, each in a run of its own: what is then shown is what should be reached.',
        ]
      : []),
    ...sometimes.map((name) => `\\* INVARIANT${name}`),
    '',
  ].join('\n')
}
