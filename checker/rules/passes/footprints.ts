/**
 * What steps and properties look at and change, element by element, as they do it: the rules' own
 * code, printed so that it tells of every read and write (or, where it cannot be printed, run on
 * accessors that do). Nothing is declared by anybody.
 */

import { type Action, actionsOf, type Condition, type Model, type Property } from '../../model.js'
import type { ElementSet } from '../../search/reduced/element-set.js'
import type { Leaf } from '../../state/layout.js'
import { link, type PackedCondition } from '../compile.js'
import { Instances, type Printed } from '../instances.js'
import { conjunctsOf } from './conjuncts.js'

/** A conjunct of a property that is watched: `holds` is false where the property has news. */
export interface Conjunct {
  /** Number of its property. */
  readonly property: number
  readonly holds: PackedCondition
  /** Is it the property itself? */
  readonly whole: boolean
  /** Variables that it only compares with certain values, and these values. */
  readonly compared: ReadonlyMap<Leaf, ReadonlySet<number>>
}

/** Where the actor of a step is: an element of the state, which has this value. */
export interface At {
  readonly leaf: Leaf
  readonly index: number
  readonly value: number
}

/** Who is told of every element that is read, as often as it is. */
export interface Reader {
  add(element: number): void
}

interface Made {
  readonly guards: readonly PackedCondition[]
  readonly effects: readonly ((a: Int32Array, o: number) => void)[]
  readonly conjuncts: readonly PackedCondition[]
}

export class Footprints<S> {
  readonly actions: readonly Action<S>[]
  /** By action number; null where the rule does not say, or nobody can tell. */
  readonly at: readonly (At | null)[]
  /** Numbers of the actions that can ever be taken, or whose guards can fail. */
  readonly asked: readonly number[]
  /**
   * Guards and effects, by action number. That guards read where the actor is goes without saying.
   */
  readonly guards: readonly PackedCondition[]
  readonly effects: readonly ((a: Int32Array, o: number) => void)[]
  readonly conjuncts: readonly Conjunct[]
  /** How many elements a state has. */
  readonly size: number
  private readonly variables: { readonly leaf: Leaf; readonly index: number }[] = []
  private readonly first = new Map<Leaf, number>()
  /** By element: the word of a state it lies in, how far from its lowest bit, and its own bits. */
  private readonly word: Int32Array
  private readonly shift: Int32Array
  private readonly mask: Int32Array
  private reads: Reader | null = null
  private writes: ElementSet | null = null

  /** How many properties are not to be split. */
  readonly whole: number

  /** @param whole names of properties that are not to be split. */
  constructor(
    readonly model: Model<S>,
    whole: ReadonlySet<string> = new Set(),
  ) {
    this.whole = whole.size
    for (const leaf of model.layout.leaves) {
      this.first.set(leaf, this.variables.length)
      leaf.position.forEach((_, index) => {
        this.variables.push({ leaf, index })
      })
    }
    this.size = this.variables.length
    const position = (element: number) =>
      this.variables[element].leaf.position[this.variables[element].index]
    const numbers = Array.from({ length: this.size }, (_, element) => element)
    this.word = Int32Array.from(numbers, (element) => position(element) >> 5)
    this.shift = Int32Array.from(numbers, (element) => position(element) & 31)
    this.mask = Int32Array.from(numbers, (element) => 2 ** this.variables[element].leaf.width - 1)
    this.actions = actionsOf(model)
    const printer = new Instances(
      model,
      {},
      {
        elements: (leaf) => this.elementOf(leaf, 0),
        read: (element, word) => {
          this.reads?.add(element)
          return word
        },
        wrote: (element, word) => {
          this.writes?.add(element)
          return word
        },
      },
    )
    const instances = printer.of(this.actions)
    this.at = instances.map(({ tests: [first] }) => (first?.leaf.width > 0 ? first : null))
    this.asked = instances.flatMap(({ guard, number }) => (guard === null ? [] : [number]))
    const conjuncts = model.properties.flatMap((property, i) =>
      this.split(property, i, printer, whole.has(property.name)),
    )
    const tests = conjuncts.map(({ printed }) => `(a, o) => !!${printed.name}(a, o)`)
    const body = [
      'return {',
      `  guards: [${instances.map(({ guard }) => `(a, o) => !!(${guard ?? false})`).join(', ')}],`,
      `  effects: [${instances.map(({ effect }) => effect ?? 'null').join(', ')}],`,
      `  conjuncts: [${tests.join(', ')}],`,
      '}',
    ]
    const { made } = link<Made, S>(printer, model.layout, body)
    this.guards = made.guards
    this.effects = made.effects
    this.conjuncts = conjuncts.map(({ property, wanted, whole, printed }, i) => {
      const compared = new Map(
        [...(printed.reads ?? [])].flatMap(([declaration, values]) =>
          values ? [[printer.translator.leafOf(declaration), values]] : [],
        ),
      )
      const holds: PackedCondition = wanted ? made.conjuncts[i] : (a, o) => !made.conjuncts[i](a, o)
      return { property, whole, holds, compared }
    })
  }

  elementOf(leaf: Leaf, index: number): number {
    return (this.first.get(leaf) as number) + index
  }

  variable(element: number): { readonly leaf: Leaf; readonly index: number } {
    return this.variables[element]
  }

  /** The value of an element as it is stored: 0 is the least it may have. */
  valueOf(element: number, state: Int32Array): number {
    return (state[this.word[element]] >>> this.shift[element]) & this.mask[element]
  }

  /** Gives an element such a value. */
  setValue(element: number, value: number, state: Int32Array): void {
    const [word, shift] = [this.word[element], this.shift[element]]
    state[word] = (state[word] & ~(this.mask[element] << shift)) | (value << shift)
  }

  /** From now on what is read, and written, is told. */
  tell(reads: Reader | null, writes: ElementSet | null): void {
    this.reads = reads
    this.writes = writes
  }

  private split(
    { kind, holds }: Property<S>,
    property: number,
    printer: Instances<S>,
    isWhole: boolean,
  ) {
    if (kind === 'eventually') return []
    const wanted = kind === 'always'
    const whole = printer.function('property', holds as Condition<S>, [], 'condition')
    const { translator } = printer
    const parts = isWhole
      ? []
      : conjunctsOf(holds, wanted, {
          word: (name) => this.model.vocabulary?.[name],
          rounds: (fn, loop) => translator.rounds(fn, loop),
        })
    const printed = parts.map((bodies) => printer.conjunct(holds as Condition<S>, bodies))
    const isSplit = printed.length > 1 && printed.every((part) => part !== null)
    const conjuncts = isSplit ? (printed as Printed[]) : [whole]
    return conjuncts.map((part) => ({ property, wanted, whole: !isSplit, printed: part }))
  }
}
