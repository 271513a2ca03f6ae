/**
 * A model is looked at once, when it is loaded: what is misspelt, missing, twice there or not of
 * its kind is refused by name, so that no search ignores it without a word.
 */
import {
  BUILT_IN_PROPERTIES,
  type Model,
  ModelError,
  type ParameterRange,
  type Property,
  type Rule,
} from './model.js'
import type { LayoutNode } from './state/layout.js'
import { messageOf } from './thrown.js'

type Fields<T> = Readonly<Record<keyof T, true>>

const MODEL: Fields<Model<unknown>> = {
  name: true,
  layout: true,
  init: true,
  ranges: true,
  rules: true,
  notes: true,
  location: true,
  properties: true,
  final: true,
  fairness: true,
  vocabulary: true,
  scopes: true,
}
const RULE: Fields<Rule<unknown>> = {
  name: true,
  source: true,
  for: true,
  at: true,
  guard: true,
  unless: true,
  effect: true,
  foreign: true,
}
const PROPERTY: Fields<Property<unknown>> = {
  name: true,
  kind: true,
  says: true,
  required: true,
  promise: true,
  holds: true,
  from: true,
  explain: true,
  foreign: true,
}
const RANGE: Fields<ParameterRange> = { values: true, labels: true, actor: true }
const KINDS: readonly Property<unknown>['kind'][] = ['always', 'sometimes', 'eventually']

const seen = new WeakSet<object>()

/** @throws ModelError naming the first part that is not as it must be, and what is allowed. */
export function validate<S>(model: Model<S>): void {
  if (typeof model !== 'object' || model === null) throw new ModelError('a model is an object')
  if (seen.has(model)) return
  new Validation(model).run()
  seen.add(model)
}

class Validation<S> {
  constructor(private readonly model: Model<S>) {}

  run(): void {
    const { model } = this
    const { name, layout, init, rules, properties, final, location, fairness, ranges } = model
    this.name('its name', name)
    this.fields('a model', model, MODEL)
    if (typeof layout?.encode !== 'function') this.refuse('layout must be a Layout')
    this.list('init', init)
    if (init.length === 0) this.refuse('it has no initial state')
    for (const [i, state] of init.entries()) this.initial(`initial state ${i}`, state)
    for (const [key, range] of Object.entries(ranges ?? {})) this.range(`range ${key}`, range)
    this.list('rules', rules)
    this.unique('rule', rules)
    for (const { name: step } of rules) this.partOfStep(`rule ${step}: its name`, step)
    for (const rule of rules) this.rule(`rule ${rule.name}`, rule)
    this.list('properties', properties)
    this.unique('property', properties)
    for (const property of properties) this.property(`property ${property.name}`, property)
    this.func('final', final)
    if (location !== undefined) this.func('location', location)
    if (fairness !== undefined) this.func('fairness', fairness)
    this.answers()
  }

  private rule(what: string, rule: Rule<S>): void {
    this.fields(what, rule, RULE, this.model.notes)
    this.func(`${what}: effect`, rule.effect)
    if (rule.guard !== undefined) this.func(`${what}: guard`, rule.guard)
    if (rule.unless !== undefined) this.list(`${what}: unless`, rule.unless)
    for (const condition of rule.unless ?? []) this.func(`${what}: unless`, condition)
    if (rule.for !== undefined) this.list(`${what}: for`, rule.for)
    for (const key of rule.for ?? [])
      if (!Object.hasOwn(this.model.ranges ?? {}, key))
        this.refuse(`${what}: the model has no parameter range ${key}`)
    if (rule.at !== undefined && this.model.location === undefined)
      this.refuse(`${what} has \`at\`, but the model has no location`)
  }

  private property(what: string, property: Property<S>): void {
    const { kind, holds, from, explain } = property
    this.fields(what, property, PROPERTY, this.model.notes)
    if (!KINDS.includes(kind))
      this.refuse(`${what}: kind ${String(kind)}: ${KINDS.join(', ')} are allowed`)
    this.func(`${what}: holds`, holds)
    if (from !== undefined && kind !== 'eventually')
      this.refuse(`${what}: from is for eventually properties only`)
    if (from !== undefined) this.func(`${what}: from`, from)
    if (explain !== undefined) this.func(`${what}: explain`, explain)
    for (const field of ['required', 'promise'] as const)
      if (property[field] !== undefined && typeof property[field] !== 'boolean')
        this.refuse(`${what}: ${field} must be true or false`)
  }

  private range(what: string, range: ParameterRange): void {
    this.fields(what, range, RANGE)
    this.list(`${what}: values`, range.values)
    const isNumber = (value: unknown) => Number.isSafeInteger(value)
    if (!range.values.every(isNumber)) this.refuse(`${what}: values must be whole numbers`)
    if (new Set(range.values).size < range.values.length)
      this.refuse(`${what}: a value is there twice`)
    if (range.labels && range.labels.length !== range.values.length)
      this.refuse(`${what}: ${range.values.length} values need as many labels`)
    for (const [i, label] of (range.labels ?? []).entries()) {
      this.name(`${what}: label ${i}`, label)
      this.partOfStep(`${what}: label ${label}`, label)
    }
  }

  /** A state has all variables, with values they can hold, and nothing else. */
  private initial(what: string, state: S): void {
    try {
      this.model.layout.encode(state)
    } catch (error) {
      this.refuse(`${what}: ${messageOf(error)}`)
    }
    const extra = extraField(this.model.layout.root, state, '')
    if (extra !== null) this.refuse(`${what}: ${extra} is not a variable of the layout`)
  }

  /** The values of conditions in the initial states. The search reports a condition that fails. */
  private answers(): void {
    const { layout, init, rules, properties, final, ranges = {} } = this.model
    const { state, bind } = layout.view()
    for (const initial of init) {
      bind(layout.encode(initial), 0, true)
      const ask = (
        what: string,
        fn: ((s: S, ...p: number[]) => unknown) | undefined,
        p: number[] = [],
      ) => {
        const answer = fn === undefined ? true : answerOf(() => fn(state, ...p))
        if (answer !== undefined && typeof answer !== 'boolean')
          this.refuse(`${what} answers ${shown(answer)}: true or false are allowed`)
      }
      ask('final', final)
      for (const { name, holds, from } of properties) {
        ask(`property ${name}: holds`, holds)
        ask(`property ${name}: from`, from)
      }
      for (const { name, at, guard, unless = [], for: keys = [] } of rules) {
        const first = keys.map((key) => ranges[key].values[0])
        if (first.includes(undefined as never)) continue
        if (at !== undefined && answerOf(() => this.model.location?.(state, ...first)) !== at)
          continue
        ask(`rule ${name}: guard`, guard, first)
        for (const condition of unless) ask(`rule ${name}: unless`, condition, first)
      }
    }
  }

  private func(what: string, value: unknown): void {
    if (typeof value !== 'function') this.refuse(`${what} must be a function`)
    const kind = Object.prototype.toString.call(value).slice(8, -1)
    if (kind !== 'Function') this.refuse(`${what} is ${words(kind)}: it must answer at once`)
  }

  private name(what: string, value: unknown): void {
    if (typeof value !== 'string' || value === '') this.refuse(`${what} must be a text`)
    if (/\p{Cc}/u.test(value as string))
      this.refuse(`${what} ${JSON.stringify(value)} has characters that cannot be printed`)
  }

  /** Labels of steps have parameters in parentheses, and links join labels by semicolons. */
  private partOfStep(what: string, text: string): void {
    if (/[(),;]/.test(text)) this.refuse(`${what} must not have any of ( ) , ;`)
  }

  private unique(what: string, things: readonly { readonly name: string }[]): void {
    const known = new Set<string>()
    for (const [i, thing] of things.entries()) {
      if (typeof thing !== 'object' || thing === null) this.refuse(`${what} ${i} must be an object`)
      this.name(`the name of ${what} ${i}`, thing.name)
      if (known.has(thing.name))
        this.refuse(`two ${what === 'rule' ? 'rules' : 'properties'} are called ${thing.name}`)
      known.add(thing.name)
      if (what === 'property' && BUILT_IN_PROPERTIES.some(({ name }) => name === thing.name))
        this.refuse(`property ${thing.name} is built in: it needs another name`)
    }
  }

  private list(what: string, value: unknown): void {
    if (!Array.isArray(value)) this.refuse(`${what} must be a list`)
  }

  private fields(what: string, value: object, known: object, also: readonly string[] = []): void {
    if (typeof value !== 'object' || value === null) this.refuse(`${what} must be an object`)
    const allowed = [...Object.keys(known), ...also]
    const unknown = Object.keys(value).find((key) => !allowed.includes(key))
    if (unknown !== undefined)
      this.refuse(`${what} has a field ${unknown}: ${allowed.join(', ')} are allowed`)
  }

  private refuse(why: string): never {
    throw new ModelError(`model ${this.model.name}: ${why}`)
  }
}

/** The answer of a condition, undefined where it fails: that is for the search to say. */
function answerOf(ask: () => unknown): unknown {
  try {
    return ask() ?? null
  } catch {
    return undefined
  }
}

function shown(answer: unknown): string {
  return typeof answer === 'object' && answer !== null
    ? words(Object.prototype.toString.call(answer).slice(8, -1))
    : String(answer)
}

function words(kind: string): string {
  const known: Readonly<Record<string, string>> = {
    AsyncFunction: 'async',
    GeneratorFunction: 'a generator',
    AsyncGeneratorFunction: 'an async generator',
    Promise: 'a promise',
  }
  return known[kind] ?? `a value of the kind ${kind}`
}

/** The path of a field of a state that no variable has; null if there is none. */
function extraField(node: LayoutNode, value: unknown, path: string): string | null {
  if (node.kind === 'list') {
    for (const [i, element] of (value as unknown[]).entries()) {
      const extra = extraField(node.element, element, `${path}[${i}]`)
      if (extra !== null) return extra
    }
  }
  if (node.kind !== 'record') return null
  for (const [key, field] of Object.entries(value as object)) {
    const part = node.fields.get(key)
    const name = path === '' ? key : `${path}.${key}`
    if (!part) return name
    const extra = extraField(part, field, name)
    if (extra !== null) return extra
  }
  return null
}
