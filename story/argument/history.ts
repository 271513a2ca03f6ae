/** A trace as what each step wrote: who wrote which variable when, and what it was before. */
import type { Model, Trace } from '../../checker/model.js'
import type { AnyState, Narration, Words } from '../../runs/subject.js'
import { Elements } from './elements.js'

/** A variable as a single step wrote it: the elements of it. */
export interface Written {
  /** The variable. */
  readonly key: string
  /** From 1. */
  readonly step: number
  readonly elements: readonly number[]
}

export class History {
  readonly elements: Elements<AnyState>
  /** The states, packed; step i, from 1, leads from `packed[i - 1]` to `packed[i]`. */
  readonly packed: readonly Int32Array[]
  /** By step: the elements it changed. */
  readonly changed: readonly (readonly number[])[]
  /** By element: the steps that wrote it, in their order. */
  private readonly writers = new Map<number, number[]>()
  private readonly words: (Words | undefined)[] = []

  constructor(
    model: Model<AnyState>,
    readonly trace: Trace<AnyState>,
    readonly narration: Narration,
  ) {
    this.elements = new Elements(model.layout)
    this.packed = trace.states.map((state) => model.layout.encode(state))
    this.changed = this.packed.map((words, i) =>
      i === 0 ? [] : this.elements.differing(this.packed[i - 1], words),
    )
    this.changed.forEach((elements, step) => {
      for (const element of elements)
        this.writers.set(element, [...(this.writers.get(element) ?? []), step])
    })
  }

  /** The last state, packed. */
  get last(): Int32Array {
    return this.packed[this.packed.length - 1]
  }

  wordsFor(element: number): Words {
    this.words[element] ??= this.narration.words(this.elements.path(element))
    return this.words[element]
  }

  /** All elements that any step wrote. */
  allWritten(): Iterable<number> {
    return this.writers.keys()
  }

  /** The last step before another one that wrote an element, or null. */
  writerOf(element: number, before: number): number | null {
    return this.writers.get(element)?.findLast((step) => step < before) ?? null
  }

  /** The variables among some elements that were written before a step, each by its last writer. */
  written(among: Iterable<number>, before: number): Written[] {
    const found = new Map<string, Written>()
    for (const element of among) {
      const step = this.writerOf(element, before)
      const { key } = this.wordsFor(element)
      if (step === null || (found.get(key)?.step ?? 0) >= step) continue
      const elements = this.changed[step].filter((other) => this.wordsFor(other).key === key)
      found.set(key, { key, step, elements })
    }
    return [...found.values()]
  }

  /** The write before one, and all that either of them changed; null if there is none. */
  earlier({ key, step, elements }: Written): Written | null {
    const same = (element: number) => this.wordsFor(element).key === key
    const before = this.changed.findLastIndex((changed, i) => i < step && changed.some(same))
    if (before < 1) return null
    const all = new Set([...elements, ...this.changed[before].filter(same)])
    return { key, step: before, elements: [...all] }
  }

  /** A state in which a variable is as it was before it was written. */
  without({ step, elements }: Written, words: Int32Array): Int32Array {
    const copy = words.slice()
    for (const element of elements)
      this.elements.write(element, copy, this.elements.read(element, this.packed[step - 1]))
    return copy
  }
}
