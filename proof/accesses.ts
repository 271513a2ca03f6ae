/**
 * What the rules of a model read and write, state by state, as the variables themselves report it.
 *
 * A rule is a function of what it reads: two states with equal values in all that it reads are the
 * same to it. So its reads are kept as a tree that branches on the values, and a state that agrees
 * with an earlier one in them is looked up instead of run again. That makes it possible to look at
 * every rule in every state of the suite.
 */
import { type Action, actionsOf, isEnabled, locationOf, type Model } from '../checker/model.js'
import { type Leaf, readLeaf } from '../checker/state/layout.js'

/** One element of a variable. */
export interface Element {
  readonly leaf: Leaf
  readonly index: number
}

/** What an action does in a state: its guard, and its effect where that holds. */
export interface Accessed<S> {
  readonly action: Action<S>
  readonly isEnabled: boolean
  /** What is read before it is written, and what is written. */
  readonly elements: readonly Element[]
}

/** Asks for the value of an element, which leads to the next question or to the answer. */
interface Question<S> extends Element {
  readonly next: Map<number, Tree<S>>
}

type Tree<S> = Question<S> | Accessed<S>

/** The actions whose rules are due where one variable, the location of an actor, has a value. */
interface Located extends Element {
  readonly actions: Map<number, number[]>
}

export class Accesses<S> {
  private readonly actions: readonly Action<S>[]
  private readonly trees: (Tree<S> | undefined)[]
  private readonly located: readonly Located[]
  /** Those that are due anywhere. */
  private readonly anywhere: readonly number[]
  private readonly view
  private readonly scratch: Int32Array
  /** By number of the element, in the order of access. */
  private readonly read = new Map<number, Element & { readonly value: number }>()
  private readonly written = new Map<number, Element>()

  constructor(private readonly model: Model<S>) {
    const { layout } = model
    this.actions = actionsOf(model)
    this.trees = new Array(this.actions.length)
    this.scratch = new Int32Array(layout.words)
    const numbers = new Map<Leaf, number>()
    let count = 0
    for (const leaf of layout.leaves) {
      numbers.set(leaf, count)
      count += leaf.position.length
    }
    const numberOf = (leaf: Leaf, index: number) => (numbers.get(leaf) as number) + index
    // A variable without bits has one value: no two states differ in it.
    this.view = layout.view(
      (leaf, index) => {
        const number = numberOf(leaf, index)
        if (leaf.width === 0 || this.read.has(number) || this.written.has(number)) return
        const value = readLeaf(leaf, index, this.scratch, 0)
        this.read.set(number, { leaf, index, value })
      },
      (leaf, index) => {
        if (leaf.width > 0) this.written.set(numberOf(leaf, index), { leaf, index })
      },
    )
    this.view.bind(this.scratch, 0)
    this.anywhere = this.actions.flatMap(({ rule }, i) => (rule.at === undefined ? [i] : []))
    this.located = this.locate(layout.encode(model.init[0]))
  }

  /** What every action does that is due in a packed state. */
  *in(words: Int32Array): Generator<Accessed<S>> {
    for (const i of this.anywhere) yield this.accessed(i, words)
    for (const { leaf, index, actions } of this.located)
      for (const i of actions.get(readLeaf(leaf, index, words, 0)) ?? [])
        yield this.accessed(i, words)
  }

  /** @throws Error where a location is not just one variable: then nothing can be said. */
  private locate(initial: Int32Array): Located[] {
    this.scratch.set(initial)
    const located = new Map<Leaf, Map<number, Located>>()
    for (const [i, { rule, parameters }] of this.actions.entries()) {
      if (rule.at === undefined) continue
      this.forget()
      locationOf(this.model, rule)(this.view.state, ...parameters)
      const [element, ...others] = this.read.values()
      if (!element || others.length > 0) throw new Error(`the location of ${rule.name} is computed`)
      const { leaf, index } = element
      const of = located.get(leaf) ?? new Map<number, Located>()
      located.set(leaf, of)
      const { actions } = of.get(index) ?? { actions: new Map<number, number[]>() }
      of.set(index, { leaf, index, actions })
      const value = leaf.scalar.names.indexOf(rule.at)
      actions.set(value, [...(actions.get(value) ?? []), i])
    }
    return [...located.values()].flatMap((of) => [...of.values()])
  }

  private accessed(i: number, words: Int32Array): Accessed<S> {
    let tree = this.trees[i]
    while (tree && 'next' in tree) tree = tree.next.get(readLeaf(tree.leaf, tree.index, words, 0))
    return tree ?? this.grow(i, words)
  }

  /** Runs an action and adds what it reads to its tree. */
  private grow(i: number, words: Int32Array): Accessed<S> {
    const action = this.actions[i]
    this.forget()
    this.scratch.set(words)
    const enabled = this.run(action)
    const reads = [...this.read.values()]
    const elements = [...reads, ...this.written.values()].map(({ leaf, index }) => ({
      leaf,
      index,
    }))
    const accessed = { action, isEnabled: enabled, elements }
    let place = (tree: Tree<S>) => {
      this.trees[i] = tree
    }
    let tree = this.trees[i]
    // A rule is deterministic: it reads the same elements as before, until a value differs.
    for (const { leaf, index, value } of reads) {
      if (!tree || !('next' in tree)) {
        tree = { leaf, index, next: new Map() }
        place(tree)
      }
      const { next }: Question<S> = tree
      place = (found) => {
        next.set(value, found)
      }
      tree = next.get(value)
    }
    place(accessed)
    return accessed
  }

  private forget(): void {
    this.read.clear()
    this.written.clear()
  }

  private run(action: Action<S>): boolean {
    const { state } = this.view
    try {
      if (!isEnabled(this.model, action, state)) return false
      action.rule.effect(state, ...action.parameters)
    } catch {
      // A rule that fails has read what it has read.
    }
    return true
  }
}
