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
import { CommonFunctions } from '../print/common.js'
import { functionKey, keepTemplate, templateFor } from '../print/template.js'
import type { AnyFunction } from '../source.js'
import { type Declaration, type Facts, MISSING, type RuleFunction, type Table } from '../tree.js'
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
  /** A function that is called; null where it cannot be read. Equal outcomes are one object. */
  outcome(fn: AnyFunction, args: readonly PortableArgument[]): Outcome | null
}

export interface Question {
  /** Equal for equal questions. */
  readonly key: string
  readonly ask: (about: AskedModel) => unknown
}

export interface Fact extends Question {
  readonly answer: unknown
}

/** The tree of a function for arguments of one shape. */
export interface Outcome {
  readonly fn: RuleFunction
  /** The facts about its value for these arguments. */
  readonly result: Facts
}

/** An outcome, and all that it depends on, in the order in which it was asked. */
export interface Reading {
  readonly outcome: Outcome
  readonly facts: readonly Fact[]
}

/**
 * Which question comes next depends on the answers so far. So all readings of one function are the
 * leaves of a tree with a question at each branching.
 */
interface Branch {
  question: Question | null
  readonly next: Map<unknown, Branch>
  outcome: Outcome | null
}

/** Enough for all standard scenarios. Then a new library is begun, so that memory is bounded. */
const MOST_FUNCTIONS = 50_000

export class Library {
  private static current = new Library()

  readonly functions = new Map<string, RuleFunction>()
  /** The same, ready to run. */
  readonly common = new CommonFunctions()
  private readonly readings = new Map<string, Branch>()
  private readonly outcomes = new Map<string, Outcome>()
  private readonly tables = new Map<string, Table>()
  private readonly declarations = new Map<string, Declaration>()
  private readonly facts = new Map<string, Map<unknown, Fact>>()
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

  /** One object for equal questions with equal answers. */
  fact({ key, ask }: Question, answer: unknown): Fact {
    const known = this.facts.get(key) ?? new Map<unknown, Fact>()
    this.facts.set(key, known)
    const fact = known.get(answer) ?? { key, ask, answer }
    known.set(answer, fact)
    return fact
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
  function(unnamed: Omit<RuleFunction, 'name'>): RuleFunction {
    const template = templateFor(unnamed)
    const key = functionKey(unnamed, template)
    const known = this.functions.get(key)
    if (known) return known
    const made = { ...unnamed, name: `f${this.functions.size}` }
    keepTemplate(made, template)
    this.functions.set(key, made)
    return made
  }

  /** One object for equal outcomes. */
  outcome({ fn, result }: Outcome): Outcome {
    const { low, high, numbers, type } = result
    const key = `${fn.name} ${low} ${high} ${numbers} ${type.kind === 'name' ? type.key : ''}`
    const known = this.outcomes.get(key)
    if (known) return known
    const made = { fn, result: { type, low, high, numbers } }
    this.outcomes.set(key, made)
    return made
  }

  /** What a function became, for arguments of one shape, where that is known to hold here. */
  find(key: string, answer: (question: Question) => unknown): Outcome | null {
    let branch = this.readings.get(key)
    while (branch?.question) branch = branch.next.get(answer(branch.question))
    return branch?.outcome ?? null
  }

  keep(key: string, reading: Reading): void {
    let branch = branchAt(this.readings, key)
    for (const fact of reading.facts) {
      branch.question ??= fact
      branch = branchAt(branch.next, fact.answer)
    }
    branch.outcome = reading.outcome
  }
}

function branchAt<K>(branches: Map<K, Branch>, key: K): Branch {
  const known = branches.get(key)
  if (known) return known
  const made: Branch = { question: null, next: new Map(), outcome: null }
  branches.set(key, made)
  return made
}
