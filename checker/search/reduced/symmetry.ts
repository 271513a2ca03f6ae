/**
 * States that differ in names only: of those that a model's renamings make of one another, one is
 * looked at. That nothing tells them apart is declared by the model, and not believed: at every
 * state the search comes to each renamed state must have the renamed steps and the same properties.
 */

import type { Model, Renaming } from '../../model.js'
import type { CompiledModel } from '../../rules/compile.js'
import { type Layout, type Leaf, readLeaf, writeLeaf } from '../../state/layout.js'

/** So many renamings at most, with all that come of them one after the other. */
const MOST = 120

/** Where every element goes, and what becomes of its value. */
interface Move {
  readonly leaf: Leaf
  readonly from: number
  readonly to: number
  readonly values: ReadonlyMap<number, number> | undefined
}

type Permutation = (state: Int32Array) => Int32Array

/** Packed states as texts, to be told apart. */
export function keyOf(state: Int32Array): string {
  return String.fromCharCode(...new Uint16Array(state.buffer, state.byteOffset, state.length * 2))
}

export class Symmetry<S> {
  /** All renamings there are, but for the one that changes nothing. */
  private readonly all: readonly Permutation[]

  constructor(private readonly model: Model<S>) {
    const generators = (model.symmetries ?? []).map((one) => permutation(model.layout, one))
    this.all = generated(generators, model.layout)
  }

  get isTrivial(): boolean {
    return this.all.length === 0
  }

  /** The same for all states that are made of one another. */
  keyOf(state: Int32Array): string {
    let least = keyOf(state)
    for (const renamed of this.orbit(state)) {
      const key = keyOf(renamed)
      if (key < least) least = key
    }
    return least
  }

  /** What a state is renamed to; some may be equal. */
  orbit(state: Int32Array): Int32Array[] {
    return this.all.map((rename) => rename(state))
  }

  /** What tells a state from a renamed one, in words; null if nothing does. */
  difference(state: Int32Array, compiled: CompiledModel<S>): string | null {
    for (const rename of this.all) {
      const found = this.differenceBy(rename, state, compiled)
      if (found !== null) return found
    }
    return null
  }

  private differenceBy(
    rename: Permutation,
    state: Int32Array,
    compiled: CompiledModel<S>,
  ): string | null {
    const renamed = rename(state)
    const expected = stepsFrom(state, compiled)
    const found = stepsFrom(renamed, compiled)
    if (expected === null || found === null)
      return expected === found ? null : 'a rule fails in one of two renamed states'
    const keys = (states: readonly Int32Array[]) => states.map(keyOf).sort().join('|')
    if (keys(expected.map(rename)) !== keys(found)) return 'two renamed states have other steps'
    const { properties } = this.model
    const told = properties.find(
      ({ kind }, i) =>
        kind !== 'eventually' && compiled.holds[i](state, 0) !== compiled.holds[i](renamed, 0),
    )
    if (told) return `${told.name} tells two renamed states apart`
    return compiled.final(state, 0) === compiled.final(renamed, 0)
      ? null
      : 'one of two renamed states is final'
  }
}

/** Where the steps of a state lead; null if a rule fails. */
function stepsFrom<S>(state: Int32Array, compiled: CompiledModel<S>): Int32Array[] | null {
  try {
    const count = compiled.expand(state, 0)
    const { length } = state
    return Array.from({ length: count }, (_, i) =>
      compiled.successors.slice(i * length, (i + 1) * length),
    )
  } catch {
    return null
  }
}

/** @throws Error when the declaration does not fit the layout. */
function permutation<S>(layout: Layout<S>, { name, lists, values }: Renaming): Permutation {
  for (const path of Object.keys(lists))
    if (!layout.leaves.some((leaf) => leaf.path.startsWith(path)))
      throw new Error(`symmetry ${name}: there is no list ${path}`)
  for (const path of Object.keys(values))
    if (!layout.leaves.some((leaf) => leaf.path === path))
      throw new Error(`symmetry ${name}: there is no variable ${path}`)
  const moves: Move[] = layout.leaves
    .filter(({ width }) => width > 0)
    .flatMap((leaf) =>
      Array.from(leaf.position, (_, from) => ({
        leaf,
        from,
        to: movedIndex(leaf, from, lists),
        values: values[leaf.path],
      })),
    )
  return (state) => {
    const renamed = new Int32Array(state.length)
    for (const { leaf, from, to, values: become } of moves) {
      const value = readLeaf(leaf, from, state, 0)
      writeLeaf(leaf, to, renamed, 0, become?.get(value) ?? value)
    }
    return renamed
  }
}

/** The element that one of a variable becomes when the lists around it are permuted. */
function movedIndex({ path, dims }: Leaf, index: number, lists: Renaming['lists']): number {
  let rest = index
  const indices = [...dims].reverse().map((length) => {
    const own = rest % length
    rest = Math.floor(rest / length)
    return own
  })
  let moved = 0
  let end = -1
  for (const [i, length] of dims.entries()) {
    end = path.indexOf('[]', end + 1)
    const own = indices[dims.length - 1 - i]
    moved = moved * length + (lists[path.slice(0, end + 2)]?.[own] ?? own)
  }
  return moved
}

/** All that come of some permutations one after the other, told apart by what they do. */
function generated<S>(generators: readonly Permutation[], layout: Layout<S>): Permutation[] {
  const known = new Map<string, Permutation>()
  const identity: Permutation = (state) => state
  const samples = samplesOf(layout)
  const name = (one: Permutation) => samples.map((sample) => keyOf(one(sample))).join('|')
  const open = [identity]
  const same = name(identity)
  for (let one = open.pop(); one; one = open.pop())
    for (const generator of generators) {
      const before = one
      const both: Permutation = (state) => generator(before(state))
      const key = name(both)
      if (key === same || known.has(key)) continue
      known.set(key, both)
      open.push(both)
      if (known.size >= MOST) throw new Error(`more than ${MOST} renamings`)
    }
  return [...known.values()]
}

/** States by which permutations of elements and values are told apart. */
function samplesOf<S>({ leaves, words }: Layout<S>): Int32Array[] {
  const samples: Int32Array[] = []
  for (const leaf of leaves)
    for (let index = 0; leaf.width > 0 && index < leaf.position.length; index++)
      for (let value = leaf.scalar.min + 1; value <= leaf.scalar.max; value++) {
        const sample = new Int32Array(words)
        for (const other of leaves)
          for (let i = 0; i < other.position.length; i++)
            writeLeaf(other, i, sample, 0, other.scalar.min)
        writeLeaf(leaf, index, sample, 0, value)
        samples.push(sample)
      }
  return samples
}
