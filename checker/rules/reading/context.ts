/**
 * Looks things up in a layout and among names while a function is read. It notes everything
 * that is looked at, with the answer: the tree is good for every model that answers the same
 * (library.ts).
 */
import type * as acorn from 'acorn'
import type { Layout, LayoutNode, Leaf } from '../../state/layout.js'
import type { Meanings } from '../scopes.js'
import { type AnyFunction, excerpt, OutsideSubset } from '../source.js'
import { constant, type Declaration, type Expression, truth, type ValueType } from '../tree.js'
import {
  ABSENT,
  type AbstractValue,
  type ConstantPart,
  type Frame,
  type PortableArgument,
  portable,
  readingKey,
  type Spread,
  spread,
  typeOf,
  type Value,
  type Word,
} from './abstract-values.js'
import {
  type AskedModel,
  type Fact,
  Library,
  type Outcome,
  type Question,
  type Result,
} from './library.js'

/** Gives what becomes of a function for these arguments. @param key of both (`readingKey`). */
type ReadFunction = (key: string, fn: AnyFunction, args: readonly AbstractValue[]) => Outcome

export class Context {
  readonly library = Library.inUse()
  /** The function that is being read. */
  frame!: Frame
  /** The facts that its tree depends on so far. */
  facts = new Set<Fact>()
  /** What has become of functions here, by `readingKey`. */
  readonly outcomes = new Map<string, Outcome>()
  private readonly nodes = new Map<string, LayoutNode>()
  private readonly declarations = new Map<Leaf, Declaration>()
  private readonly leaves = new Map<Declaration, Leaf>()
  private readonly answers = new Map<Question, unknown>()
  private readonly noted = new Map<string, Fact>()
  private readonly visited = new Map<LayoutNode, Fact>()
  private readonly spreads = new Map<string, Spread>()
  private readonly subject: AskedModel = {
    declared: (path) => this.declaredAt(path),
    word: (name) => this.meanings.everywhere(name),
    wordWithin: (fn, name) => this.meanings.within(fn, name),
    length: (path) => this.lengthAt(path),
    values: (path, steps) => this.valuesAt(path, steps as ConstantPart['steps']),
    equal: (path, steps, word) => this.equalAt(path, steps as ConstantPart['steps'], word),
    lengthIn: (path, steps) => {
      const value = this.spreadAt(path, steps as ConstantPart['steps'])?.values[0]
      return Array.isArray(value) ? value.length : null
    },
    called: (key, fn, args) => this.calledAs(key, fn, args),
  }

  /** @param read what becomes of a function that is called. @throws OutsideSubset */
  constructor(
    layout: Layout<unknown>,
    private readonly meanings: Meanings,
    private readonly read: ReadFunction,
  ) {
    this.enter(layout.root)
  }

  /** @throws OutsideSubset that names the piece of text. */
  refuse(node: acorn.Node, why = 'lies outside the rule subset'): never {
    throw new OutsideSubset(`\`${excerpt(this.frame.source.text, node)}\` ${why}`)
  }

  /** The leaf of a declared variable in this layout. */
  leafOf(declaration: Declaration): Leaf {
    return this.leaves.get(declaration) as Leaf
  }

  declarationOf(leaf: Leaf): Declaration {
    return this.declarations.get(leaf) as Declaration
  }

  /** The meaning of a name in the function that is being read; undefined when it has none. */
  word(name: string): unknown {
    const found = this.note(`word ${name}`, (about) => about.word(name))
    if (found !== undefined) return found
    const { fn } = this.frame.source
    const key = `word ${name} in ${this.library.identity(fn)}`
    return this.note(key, (about) => about.wordWithin(fn, name))
  }

  /** A part of the state, at these indices. */
  placed(node: LayoutNode, indices: readonly Expression[]): AbstractValue {
    this.visit(node)
    if (node.kind !== 'constant') return { kind: 'statePart', node, indices }
    return this.resolved({ kind: 'part', value: node.value, steps: [], path: node.path })
  }

  /** Does the list have this element, for sure? */
  has({ path }: LayoutNode, index: number): boolean {
    const ask = (about: AskedModel) => index >= 0 && index < about.length(path)
    return this.note(`element ${path} ${index}`, ask) as boolean
  }

  lengthOfList({ path }: LayoutNode): number {
    return this.note(`length ${path}`, (about) => about.length(path)) as number
  }

  visit(node: LayoutNode): void {
    let fact = this.visited.get(node)
    if (!fact) {
      const { path } = node
      this.note(`node ${path}`, (about) => about.declared(path))
      fact = this.noted.get(`node ${path}`) as Fact
      this.visited.set(node, fact)
    }
    this.facts.add(fact)
  }

  /** A part of a constant whose steps are all known and that is a plain value is that value. */
  resolved(part: ConstantPart): ConstantPart | Value | Word {
    if (part.steps.some((step) => typeof step !== 'string')) return part
    const [value] = this.spread(part).values
    return plainValue(value) ?? part
  }

  /** The length of a list in a constant; null when it is no list, or not known which list. */
  lengthIn({ path, steps }: ConstantPart): number | null {
    if (steps.some((step) => typeof step !== 'string')) return null
    const ask = (about: AskedModel) => about.lengthIn(path, steps)
    return this.note(`length in ${path} ${patternOf(steps)}`, ask) as number | null
  }

  spread(part: ConstantPart): Spread {
    const { path, steps } = part
    const place = `${path} ${patternOf(steps)}`
    this.note(`values ${place}`, (about) => about.values(path, steps))
    return this.spreadOf(part, place)
  }

  /**
   * Which names in a part of a constant are this one? That is less than `spread` looks at, so that
   * more models answer the same. Null where something is no name.
   */
  equal(part: ConstantPart, { text }: Word): Spread | null {
    const { path, steps } = part
    const place = `${path} ${patternOf(steps)}`
    const ask = (about: AskedModel) => about.equal(path, steps, text)
    this.note(`equal ${place} ${JSON.stringify(text)}`, ask)
    const { lengths, values } = this.spreadOf(part, place)
    const names = values.filter((value) => value !== ABSENT)
    if (names.length === 0 || names.some((value) => typeof value !== 'string')) return null
    const isEqual = (value: unknown) => (value === ABSENT ? ABSENT : value === text)
    return { lengths, values: values.map(isEqual), names: null }
  }

  private spreadOf(part: ConstantPart, place: string): Spread {
    const known = this.spreads.get(place) ?? spread(part)
    this.spreads.set(place, known)
    return known
  }

  /**
   * What becomes of a function that is called by the one that is being read. Only what is seen of
   * it where it is called is a fact; which function it is, is looked up by its key (library.ts).
   */
  called(fn: AnyFunction, args: readonly AbstractValue[]): { outcome: Outcome; key: string } {
    const key = readingKey(this.library.identity(fn), args)
    const outcome = this.outcomes.get(key) ?? this.read(key, fn, args)
    if (!this.noted.has(key)) this.noteCall(key, fn, args)
    this.facts.add(this.noted.get(key) as Fact)
    return { outcome, key }
  }

  private noteCall(key: string, fn: AnyFunction, args: readonly AbstractValue[]): void {
    const portables = args.map(portable)
    this.note(key, (about) => about.called(key, fn, portables))
  }

  /** The type of an abstract value, if it has one of its own. */
  typeOf(abstractValue: AbstractValue): ValueType | undefined {
    if (abstractValue.kind === 'value') return abstractValue.node.type
    if (abstractValue.kind === 'statePart' && abstractValue.node.kind === 'leaf')
      return typeOf(abstractValue.node.leaf.scalar)
    if (abstractValue.kind === 'part') return this.spread(abstractValue).names ?? undefined
    return undefined
  }

  /** Is it a group of values, and not a value? */
  isGroup(abstractValue: AbstractValue): boolean {
    if (abstractValue.kind === 'statePart') return abstractValue.node.kind !== 'leaf'
    // A part is a group while some way through it ends in a group.
    return (
      abstractValue.kind === 'part' &&
      this.spread(abstractValue).values.some((v) => typeof v === 'object')
    )
  }

  private note(key: string, ask: Question['ask']): unknown {
    let fact = this.noted.get(key)
    if (!fact) {
      const question = this.library.question(key, ask)
      fact = { question, answer: this.answer(question) }
      this.noted.set(key, fact)
    }
    this.facts.add(fact)
    return fact.answer
  }

  readonly answer = (question: Question): unknown => {
    const known = this.answers.get(question)
    if (known !== undefined || this.answers.has(question)) return known
    const answer = this.library.interned(question.ask(this.subject))
    this.answers.set(question, answer)
    return answer
  }

  private calledAs(key: string, fn: AnyFunction, args: readonly PortableArgument[]): Result | null {
    const known = this.outcomes.get(key)
    if (known) return known.result
    const bound = args.map((arg) => this.bound(arg))
    try {
      return bound.every((arg) => arg !== null) ? this.read(key, fn, bound).result : null
    } catch (error) {
      if (error instanceof OutsideSubset) return null
      throw error
    }
  }

  /** An argument in this model; null where the model has no such part. */
  private bound(arg: PortableArgument): AbstractValue | null {
    if (arg.kind === 'value' || arg.kind === 'word') return arg
    const node = this.nodes.get(arg.path)
    if (arg.kind === 'statePart') return node ? { ...arg, node } : null
    return node?.kind === 'constant' ? { ...arg, value: node.value } : null
  }

  private declaredAt(path: string): unknown {
    const node = this.nodes.get(path)
    if (node?.kind === 'leaf') return this.declarationOf(node.leaf)
    return node?.kind
  }

  private valuesAt(path: string, steps: ConstantPart['steps']): string {
    const found = this.spreadAt(path, steps)
    return found ? `${found.lengths} ${found.values.map(shown)}` : 'no constant'
  }

  private equalAt(path: string, steps: ConstantPart['steps'], word: string): string {
    const found = this.spreadAt(path, steps)
    if (!found) return 'no constant'
    const is = (value: unknown) =>
      typeof value === 'string' ? value === word : shown(typeof value)
    return `${found.lengths} ${found.values.map(is)}`
  }

  private spreadAt(path: string, steps: ConstantPart['steps']): Spread | null {
    const node = this.nodes.get(path)
    return node?.kind === 'constant' ? spread({ value: node.value, steps }) : null
  }

  private lengthAt(path: string): number {
    const node = this.nodes.get(path)
    return node?.kind === 'list' ? node.length : 0
  }

  private enter(node: LayoutNode): void {
    this.nodes.set(node.path, node)
    if (node.kind === 'record') for (const field of node.fields.values()) this.enter(field)
    if (node.kind === 'list') this.enter(node.element)
    if (node.kind === 'leaf') {
      const declaration = this.library.declaration(node.leaf)
      this.declarations.set(node.leaf, declaration)
      this.leaves.set(declaration, node.leaf)
    }
  }
}

/** The abstract value of a plain value; null when it is none. */
export function plainValue(value: unknown): Value | Word | null {
  if (typeof value === 'string') return { kind: 'word', text: value }
  if (typeof value === 'number') return { kind: 'value', node: constant(value) }
  return typeof value === 'boolean' ? { kind: 'value', node: truth(value) } : null
}

/** Spreading looks at all elements of a list whose index is not known. */
function patternOf(steps: ConstantPart['steps']): string {
  return steps.map((step) => (typeof step === 'string' ? step : '[]')).join('.')
}

/** All that reading looks at in a value, without the lengths of lists. */
function shown(value: unknown): string {
  if (typeof value === 'object') return value === null ? 'null' : '{}'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
