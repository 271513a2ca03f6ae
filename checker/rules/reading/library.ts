/**
 * Functions that have been read, shared by all models. Most scenarios have most variables and
 * constants in common, so most functions give the same tree. Trees name variables by their
 * declarations; each model decides where the bits of a variable lie.
 *
 * A function read for one model holds for every model that gives the same answers to the questions
 * that were asked while it was read (`Fact`): about each node of the layout, part of a constant and
 * word of the vocabulary that was looked at, and what became of each function that it calls. So a
 * function is not read again when one that it calls was, with the same outcome.
 */
import type { Leaf } from '../../state/layout.js'
import { relinked } from '../passes/relink.js'
import { CommonFunctions } from '../print/common.js'
import {
  keepPrinted,
  openTemplate,
  type Printed,
  type Template,
  type UnnamedFunction,
} from '../print/template.js'
import type { AnyFunction } from '../source.js'
import {
  type Declaration,
  type Effect,
  type Facts,
  MISSING,
  type RuleFunction,
  type Table,
} from '../tree.js'
import type { PortableArgument } from './abstract-values.js'

/** The answers of a model to the questions of reading. */
export interface AskedModel {
  /** The declaration at a path, in a form that can be compared. */
  declared(path: string): unknown
  /** The meaning of a name in all functions, and within one. */
  word(name: string): unknown
  wordWithin(fn: AnyFunction, name: string): unknown
  /** The length of a list of the state. */
  length(path: string): number
  /** All values of a part of a constant, as a text. */
  values(path: string, steps: readonly unknown[]): string
  /** Which values of a part of a constant are this name, as a text. */
  equal(path: string, steps: readonly unknown[], word: string): string
  /** The length of a list in a constant; null when it is none. */
  lengthIn(path: string, steps: readonly unknown[]): number | null
  /** What is seen of a function where it is called; null where it cannot be read. */
  called(key: string, fn: AnyFunction, args: readonly PortableArgument[]): Result | null
}

/** Equal questions are one object. */
export interface Question {
  readonly ask: (about: AskedModel) => unknown
}

export interface Fact {
  readonly question: Question
  readonly answer: unknown
}

/** What is known of a call: its value and its effect. Equal ones are one object. */
export interface Result extends Facts {
  readonly effect: Effect
}

/** What becomes of a function in a model, for arguments of one shape. */
export interface Outcome {
  readonly fn: RuleFunction
  readonly result: Result
}

/**
 * What becomes of a function in all models that answer the same: its tree, but for the functions
 * that it calls. Those may differ in what is not seen where they are called.
 */
export interface Reading {
  readonly tree: UnnamedFunction
  readonly result: Result
  readonly template: Template
  /** The keys of its calls, in the order of the template's gaps. */
  readonly calls: readonly string[]
  /** By the names of the functions that it calls. */
  readonly linked: Map<string, RuleFunction>
}

/**
 * Which question comes next depends on the answers so far. So all readings of one function are the
 * leaves of a tree with a question at each branching.
 */
interface Branch {
  question: Question | null
  /** By the answer to the question. */
  next: Map<unknown, Branch> | null
  reading: Reading | null
}

/** Enough for all standard scenarios. Then a new library is begun, so that memory is bounded. */
const MOST_FUNCTIONS = 50_000

export class Library {
  private static current = new Library()

  readonly functions = new Map<string, RuleFunction>()
  /** The same, ready to run. */
  readonly common = new CommonFunctions()
  private readonly readings = new Map<string, Branch>()
  private readonly results = new Map<string, Result>()
  private readonly templates = new Map<string, { template: Template; number: number }>()
  private readonly tables = new Map<string, Table>()
  private readonly declarations = new Map<string, Declaration>()
  private readonly questions = new Map<string, Question>()
  private readonly texts = new Map<string, string>()
  private readonly identities = new WeakMap<object, number>()
  private identified = 0

  /** The library that is in use. @param fresh throw away what it knows. */
  static inUse(fresh = false): Library {
    if (fresh || Library.current.functions.size > MOST_FUNCTIONS) Library.current = new Library()
    return Library.current
  }

  /** Equal numbers mean the same object. */
  identity(object: object): number {
    const known = this.identities.get(object) ?? this.identified++
    this.identities.set(object, known)
    return known
  }

  declaration({ path, dims, scalar, width }: Leaf): Declaration {
    const inner = dims.slice(1)
    const { type, min, max, names } = scalar
    const key = `${path} ${dims.length} ${inner} ${type} ${min} ${max} ${names}`
    const known = this.declarations.get(key)
    if (known) return known
    const made = { id: this.declarations.size, path, depth: dims.length, inner, scalar, width }
    this.declarations.set(key, made)
    return made
  }

  /** One object for equal questions. @param key equal for these. */
  question(key: string, ask: Question['ask']): Question {
    const known = this.questions.get(key)
    if (known) return known
    const made = { ask }
    this.questions.set(key, made)
    return made
  }

  /** One object for equal texts: these are compared at once. Other values as they are. */
  interned(value: unknown): unknown {
    if (typeof value !== 'string') return value
    const known = this.texts.get(value)
    if (known === undefined) this.texts.set(value, value)
    return known ?? value
  }

  /** One table for equal numbers. */
  table(numbers: readonly number[]): Table {
    const key = numbers.join()
    const name = `t${this.tables.size}`
    const isWhole = !numbers.includes(MISSING)
    const table = this.tables.get(key) ?? { name, numbers: Int32Array.from(numbers), isWhole }
    this.tables.set(key, table)
    return table
  }

  /** One function for equal trees: the given one, under a name of its own, or an earlier one. */
  function(unnamed: UnnamedFunction): RuleFunction {
    const { template, calls } = openTemplate(unnamed)
    const callees = calls.map(({ callee }) => callee)
    return this.named({ template: this.template(template), callees }, () => unnamed)
  }

  /** A tree that has been read. */
  reading(tree: UnnamedFunction, facts: Facts): Reading {
    const { template, calls } = openTemplate(tree)
    return {
      tree,
      result: this.result(facts, tree.effect),
      template: this.template(template),
      calls: calls.map(({ key }) => key),
      linked: new Map(),
    }
  }

  /** The function of a reading in a model. @param calleeOf the function of a call, by its key. */
  linked({ tree, template, calls, linked }: Reading, calleeOf: (key: string) => RuleFunction) {
    const callees = calls.map(calleeOf)
    const key = callees.map(({ name }) => name).join()
    const known = linked.get(key)
    if (known) return known
    const fn = this.named({ template, callees }, () => relinked(tree, calleeOf))
    linked.set(key, fn)
    return fn
  }

  private named(made: Printed, tree: () => UnnamedFunction): RuleFunction {
    const { template, callees } = made
    const key = `${this.templates.get(template.key)?.number} ${callees.map(({ name }) => name)}`
    const known = this.functions.get(key)
    if (known) return known
    const fn = { ...tree(), name: `f${this.functions.size}` }
    this.functions.set(key, fn)
    keepPrinted(fn, made)
    return fn
  }

  private template(template: Template): Template {
    const known = this.templates.get(template.key)
    if (known) return known.template
    this.templates.set(template.key, { template, number: this.templates.size })
    return template
  }

  private result({ type, low, high, numbers }: Facts, effect: Effect): Result {
    const name = type.kind === 'name' ? type.key : ''
    const key = `${type.kind} ${effect} ${low} ${high} ${numbers} ${name}`
    const known = this.results.get(key)
    if (known) return known
    const made = { type, low, high, numbers, effect }
    this.results.set(key, made)
    return made
  }

  /** What a function becomes, for arguments of one shape, where that is known to hold here. */
  find(key: string, answer: (question: Question) => unknown): Reading | null {
    let branch = this.readings.get(key)
    while (branch?.question) branch = branch.next?.get(answer(branch.question))
    return branch?.reading ?? null
  }

  /** @param facts all that the reading depends on, in the order in which it was asked. */
  keep(key: string, reading: Reading, facts: readonly Fact[]): void {
    let branch = branchAt(this.readings, key)
    for (const { question, answer } of facts) {
      branch.question ??= question
      branch.next ??= new Map()
      branch = branchAt(branch.next, answer)
    }
    branch.reading = reading
  }
}

function branchAt<K>(branches: Map<K, Branch>, key: K): Branch {
  const known = branches.get(key)
  if (known) return known
  const made: Branch = { question: null, next: null, reading: null }
  branches.set(key, made)
  return made
}
