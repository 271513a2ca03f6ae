/**
 * A model run by functions that it shares with other models. What is its own is data: its actions
 * in groups, and what each property reads. So it is ready at once, where the model's own program
 * (own-program.ts) has to be printed and compiled first.
 */

import type { ReadAction, Test } from './actions.js'
import { type CommonModel, type Conjunct, holdIn, type Run } from './common-model.js'
import type { Buffers, Program } from './expansion.js'
import type { ReadModel } from './own-program.js'
import { casesOf, groupsOf } from './passes/groups.js'
import { type Compared, type Look, looksOf } from './passes/looks.js'
import { functionsIn } from './print/functions.js'

/** An action whose guard is asked. */
interface Asked {
  readonly number: number
  readonly guard: readonly Conjunct[]
  /** Null: the guard is run only because it may fail. */
  readonly effect: Run | null
}

/** Actions that are asked together: those of the case that the state is in. */
interface AskedGroup {
  readonly word: number
  readonly shift: number
  /** 0: there is only one case. */
  readonly mask: number
  /** By the bits of the variable that is tested. */
  readonly cases: readonly (readonly Asked[] | undefined)[]
}

/** A property that is looked at. */
interface Looked extends Pick<Look, 'number' | 'news'> {
  readonly run: Run
  readonly readsAll: boolean
  /** Numbers of words, each with the bits that are read. */
  readonly masks: Int32Array
  readonly compared: readonly Compared[]
}

export class CommonProgram<S> implements Program {
  private readonly groups: readonly AskedGroup[]
  private readonly looks: readonly Looked[]
  private readonly isFinal: Run
  private readonly words: number
  /** The most successors of a state. */
  private readonly most: number
  /** The words of two states, where they differ. */
  private readonly differences: Int32Array

  constructor(
    { reader, actions, holds, final }: ReadModel<S>,
    private readonly model: CommonModel<S>,
    private readonly buffers: Buffers,
  ) {
    const { layout, properties } = reader.model
    this.words = layout.words
    this.differences = new Int32Array(this.words)
    this.most = actions.filter(({ effect }) => effect !== null).length
    model.add([...functionsIn(actions), ...holds, final])
    this.groups = groupsOf(actions).map((group) => this.group(group.test, group.actions))
    this.looks = looksOf(properties, holds, reader.leafOf).map((look) => this.looked(look))
    this.isFinal = model.run(final)
  }

  expand(a: Int32Array, o: number, before = 0): number {
    const { buffers, words } = this
    this.model.use()
    while (before + this.most > buffers.taken.length) buffers.grow()
    const { successors, taken } = buffers
    let n = before
    for (const { word, shift, mask, cases } of this.groups) {
      const asked = cases[(a[o + word] >>> shift) & mask]
      if (asked === undefined) continue
      for (const { number, guard, effect } of asked) {
        if (!holdIn(guard, a, o) || effect === null) continue
        const p = n * words
        for (let i = 0; i < words; i++) successors[p + i] = a[o + i]
        effect(successors, p)
        taken[n++] = number
      }
    }
    return n
  }

  inspect(
    a: Int32Array,
    o: number,
    other: Int32Array,
    p: number,
    watched: Uint8Array,
    found: Int32Array,
  ): number {
    const { differences, words } = this
    this.model.use()
    for (let i = 0; i < words; i++) differences[i] = a[o + i] ^ other[p + i]
    // Initial states are compared with their complements; no other two differ in the highest bit.
    const isFirst = differences[0] < 0
    let n = 0
    for (const look of this.looks) {
      if (watched[look.number] !== 1) continue
      const isSeen = isFirst || look.readsAll || haveBits(differences, look.masks)
      if (!isSeen && !this.tellsApart(look.compared, a, o, other, p)) continue
      if ((look.run(a, o) !== 0) === look.news) found[n++] = look.number
    }
    return n
  }

  final(a: Int32Array, o: number): boolean {
    this.model.use()
    return this.isFinal(a, o) !== 0
  }

  private group(test: Test | null, actions: readonly ReadAction[]): AskedGroup {
    if (!test || test.leaf.width === 0) {
      const all = actions.map((action) => this.asked(action, null))
      return { word: 0, shift: 0, mask: 0, cases: [all] }
    }
    const { position, width, scalar } = test.leaf
    const mask = 2 ** width - 1
    const cases: Asked[][] = []
    for (const [value, these] of casesOf(test, actions)) {
      const bits = value - scalar.min
      if (bits < 0 || bits > mask) continue
      cases[bits] = these.map((action) => this.asked(action, { ...test, value }))
    }
    const bit = position[test.index]
    return { word: bit >> 5, shift: bit & 31, mask, cases }
  }

  private asked({ number, guard, effect }: ReadAction, known: Test | null): Asked {
    const conjuncts = guard ? this.model.conjuncts(guard, known) : []
    return { number, guard: conjuncts, effect: effect && this.model.run(effect) }
  }

  private looked({ number, news, fn, reads }: Look): Looked {
    return {
      number,
      news,
      run: this.model.run(fn),
      readsAll: reads === null,
      masks: Int32Array.from([...(reads?.masks ?? [])].flat()),
      compared: reads?.compared ?? [],
    }
  }

  /** Can a property tell the values of one of these elements in the two states apart? */
  private tellsApart(
    compared: readonly Compared[],
    a: Int32Array,
    o: number,
    other: Int32Array,
    p: number,
  ): boolean {
    for (const { word, shift, mask, classes } of compared) {
      if (((this.differences[word] >>> shift) & mask) === 0) continue
      const now = (a[o + word] >>> shift) & mask
      if (classes[now] !== classes[(other[p + word] >>> shift) & mask]) return true
    }
    return false
  }
}

/** Has one of the words some of its bits? @param masks numbers of words, each with its bits. */
function haveBits(words: Int32Array, masks: Int32Array): boolean {
  for (let i = 0; i < masks.length; i += 2) if ((words[masks[i]] & masks[i + 1]) !== 0) return true
  return false
}
