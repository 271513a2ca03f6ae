/**
 * Looking things up in a layout and a vocabulary while a function is translated. Whatever is looked
 * at is noted, with the answer: the translation is good for every model that answers the same.
 */
import type { Layout, LayoutNode, Leaf } from '../../state/layout.js'
import {
  type Frame,
  type Literal,
  type Meaning,
  type Table,
  typeOfLeaf,
  type Unfolded,
  unfold,
} from './abstract-values.js'
import { Library } from './library.js'
import type { Code, Declaration, Fact, Question, Subject, ValueType } from './types.js'

export abstract class Reading {
  readonly library = Library.inUse()
  protected frame!: Frame
  private readonly nodes = new Map<string, LayoutNode>()
  private readonly declarations = new Map<Leaf, Declaration>()
  private readonly leaves = new Map<Declaration, Leaf>()
  private readonly answers = new Map<string, unknown>()
  private readonly words = new Map<string, Fact>()
  private readonly visited = new Map<LayoutNode, Fact>()
  private readonly lengths = new Map<LayoutNode, Fact>()
  private readonly elements = new Map<LayoutNode, Map<number, Fact>>()
  private readonly values = new Map<string, Fact>()
  private readonly lengthsIn = new Map<string, Fact>()
  private readonly tables = new Map<string, Unfolded>()
  private readonly subject: Subject = {
    declared: (path) => this.declaredAt(path),
    word: (name) => this.vocabulary[name],
    length: (path) => this.lengthAt(path),
    values: (path, steps) => this.valuesAt(path, steps as Table['steps']),
    lengthIn: (path, steps) => {
      const value = this.unfoldAt(path, steps as Table['steps'])?.values[0]
      return Array.isArray(value) ? value.length : null
    },
  }

  constructor(
    protected readonly layout: Layout<unknown>,
    private readonly vocabulary: Readonly<Record<string, unknown>>,
  ) {
    this.enter(layout.root)
  }

  /** Where a declared variable lies in this layout. */
  leafOf(declaration: Declaration): Leaf {
    return this.leaves.get(declaration) as Leaf
  }

  protected declarationOf(leaf: Leaf): Declaration {
    return this.declarations.get(leaf) as Declaration
  }

  /** What a word of the vocabulary means; undefined when it is none. */
  protected word(name: string): unknown {
    return this.note(this.words, name, () => ({
      key: `word ${name}`,
      ask: (about) => about.word(name),
    }))
  }

  /** A part of the state that has been come to. */
  protected placed(node: LayoutNode, indices: readonly (Code | Literal)[]): Meaning {
    this.visit(node)
    if (node.kind !== 'constant') return { kind: 'place', node, indices }
    return this.resolved({ kind: 'table', value: node.value, steps: [], path: node.path })
  }

  /** Is this an element of the list, for sure? */
  protected has(list: LayoutNode, index: number): boolean {
    const known = this.elements.get(list) ?? new Map<number, Fact>()
    this.elements.set(list, known)
    const { path } = list
    return this.note(known, index, () => ({
      key: `element ${path} ${index}`,
      ask: (about) => index >= 0 && index < about.length(path),
    })) as boolean
  }

  protected lengthOfList(list: LayoutNode): number {
    const { path } = list
    return this.note(this.lengths, list, () => ({
      key: `length ${path}`,
      ask: (about) => about.length(path),
    })) as number
  }

  protected visit(node: LayoutNode): void {
    const { path } = node
    this.note(this.visited, node, () => ({
      key: `node ${path}`,
      ask: (about) => about.declared(path),
    }))
  }

  /** A table all of whose steps are known and that ends in a plain value is that value. */
  protected resolved(table: Table): Table | Literal {
    if (table.steps.some((step) => typeof step !== 'string')) return table
    const [value] = this.unfolded(table).values
    const plain =
      typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
    return plain ? { kind: 'literal', value } : table
  }

  /** How long a list in a constant is; null when it is none, or it is not known which one. */
  protected lengthIn(table: Table): number | null {
    if (table.steps.some((step) => typeof step !== 'string')) return null
    const { path, steps } = table
    const place = `${path} ${patternOf(steps)}`
    return this.note(this.lengthsIn, place, () => ({
      key: `length in ${place}`,
      ask: (about) => about.lengthIn(path, steps),
    })) as number | null
  }

  protected unfolded(table: Table): Unfolded {
    const { path, steps } = table
    const place = `${path} ${patternOf(steps)}`
    this.note(this.values, place, () => ({
      key: `values ${place}`,
      ask: (about) => about.values(path, steps),
    }))
    const known = this.tables.get(place) ?? unfold(table)
    this.tables.set(place, known)
    return known
  }

  protected typeHint(meaning: Meaning): ValueType | undefined {
    if (meaning.kind === 'code') return meaning.type
    if (meaning.kind === 'place' && meaning.node.kind === 'leaf')
      return typeOfLeaf(meaning.node.leaf)
    if (meaning.kind === 'table') return this.unfolded(meaning).names ?? undefined
    return undefined
  }

  protected isPart(meaning: Meaning): boolean {
    if (meaning.kind === 'place') return meaning.node.kind !== 'leaf'
    if (meaning.kind !== 'table') return false
    // A table is a part while some way through it ends in a group of values.
    return this.unfolded(meaning).values.some((v) => typeof v === 'object')
  }

  private note<K>(noted: Map<K, Fact>, key: K, question: () => Question): unknown {
    let fact = noted.get(key)
    if (!fact) {
      const asked = question()
      fact = this.library.fact(asked, this.answer(asked))
      noted.set(key, fact)
    }
    this.frame.facts.add(fact)
    return fact.answer
  }

  protected answer({ key, ask }: Question): unknown {
    const known = this.answers.get(key)
    if (known !== undefined || this.answers.has(key)) return known
    const answer = ask(this.subject)
    this.answers.set(key, answer)
    return answer
  }

  private declaredAt(path: string): unknown {
    const node = this.nodes.get(path)
    if (node?.kind === 'leaf') return this.declarationOf(node.leaf)
    return node?.kind
  }

  private valuesAt(path: string, steps: Table['steps']): string {
    const found = this.unfoldAt(path, steps)
    return found ? `${found.lengths} ${found.values.map(shown)}` : 'no constant'
  }

  private unfoldAt(path: string, steps: Table['steps']): Unfolded | null {
    const node = this.nodes.get(path)
    if (node?.kind !== 'constant') return null
    return unfold({ value: node.value, steps })
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

/** Unfolding looks at all elements of a list whose index is not known. */
function patternOf(steps: Table['steps']): string {
  return steps.map((step) => (typeof step === 'string' ? step : '[]')).join('.')
}

/** All that translation looks at in a value, but for the lengths of lists. */
function shown(value: unknown): string {
  if (typeof value === 'object') return value === null ? 'null' : '{}'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
