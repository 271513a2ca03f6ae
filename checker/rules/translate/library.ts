/**
 * What has been translated so far, shared by all models: most scenarios have most variables and
 * constants alike, so most functions come out the same. Everything in here speaks of variables by
 * what is declared of them; where their bits lie is filled in for each model when it is linked.
 *
 * A translation holds wherever all that it depends on is the same. What it depends on is noted
 * while it is made (`Fact`): every node of the layout, every part of a constant and every word of
 * the vocabulary that was looked at, with what was found there.
 */

import type { Leaf } from '../../state/layout.js'
import type { Declaration, Fact, Helper, Question } from './types.js'

/**
 * What is asked next depends on the answers so far, so all translations of a function stand in one
 * tree: a question at each branching, the translation at the end.
 */
interface Branch {
  question: Question | null
  readonly next: Map<unknown, Branch>
  helper: Helper | null
}

/** A printed function; the places of bits are still open. */
export interface PrintedFunction {
  readonly name: string
  /** What the first function of this text is called in its source. */
  readonly called: string
  /** Texts; between two of them what stands for a place: declaration, index, `w` or `s`. */
  readonly pieces: readonly string[]
  /** Names of the functions, tables and variables it uses. */
  readonly calls: readonly string[]
  readonly tables: readonly string[]
  readonly variables: readonly number[]
}

/** Enough for all standard scenarios; then a new library is begun, so that memory is bounded. */
const LARGEST = 50_000

export class Library {
  private static current = new Library()

  readonly functions = new Map<string, PrintedFunction>()
  readonly tables = new Map<string, Int32Array>()
  readonly declarations: Declaration[] = []
  /** Printed functions that may change the state, and those that may do so or fail. */
  readonly changing = new Set<string>()
  readonly acting = new Set<string>()
  private readonly translations = new Map<string, Branch>()
  private readonly namesOfFunctions = new Map<string, string>()
  private readonly namesOfTables = new Map<string, string>()
  private readonly declared = new Map<string, Declaration>()
  private readonly facts = new Map<string, Map<unknown, Fact>>()
  private readonly identities = new WeakMap<object, number>()
  private identified = 0

  /** The library that is in use; `fresh` throws away what it knows. */
  static inUse(fresh = false): Library {
    if (fresh || Library.current.functions.size > LARGEST) Library.current = new Library()
    return Library.current
  }

  /** Equal numbers mean the same function. */
  identity(fn: object): number {
    const known = this.identities.get(fn) ?? this.identified++
    this.identities.set(fn, known)
    return known
  }

  declaration({ path, dims, scalar, width }: Leaf): Declaration {
    const inner = dims.slice(1)
    const key = `${path} ${dims.length} ${inner} ${scalar.type} ${scalar.min} ${scalar.max} ${scalar.names}`
    const known = this.declared.get(key)
    if (known) return known
    const made = { id: this.declarations.length, path, inner, scalar, width }
    this.declarations.push(made)
    this.declared.set(key, made)
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

  /** The name of a table of these numbers. */
  table(numbers: readonly number[]): string {
    const key = numbers.join()
    const known = this.namesOfTables.get(key)
    if (known) return known
    const name = `t${this.tables.size}`
    this.namesOfTables.set(key, name)
    this.tables.set(name, Int32Array.from(numbers))
    return name
  }

  /** The name of a function of this text: equal texts are printed once. */
  print(text: string, called: string): string {
    const known = this.namesOfFunctions.get(text)
    if (known) return known
    const name = `f${this.functions.size}`
    const all = (pattern: RegExp) => [...new Set(text.match(pattern))]
    this.namesOfFunctions.set(text, name)
    this.functions.set(name, {
      name,
      called,
      pieces: text.split(/§(\d+)_(\d+)([ws])/),
      calls: all(/\bf\d+(?=\()/g),
      tables: all(/\bt\d+(?=\[)/g),
      variables: all(/\bv\d+(?=_[gs]et\()/g).map((variable) => Number(variable.slice(1))),
    })
    return name
  }

  /** A translation of one function, for arguments of one shape, that holds here; or null. */
  find(key: string, answer: (fact: Question) => unknown): Helper | null {
    let branch = this.translations.get(key)
    while (branch?.question) branch = branch.next.get(answer(branch.question))
    return branch?.helper ?? null
  }

  keep(key: string, helper: Helper): void {
    let branch = branchAt(this.translations, key)
    for (const fact of helper.facts) {
      branch.question ??= fact
      branch = branchAt(branch.next, fact.answer)
    }
    branch.helper = helper
  }
}

function branchAt<K>(branches: Map<K, Branch>, key: K): Branch {
  const known = branches.get(key)
  if (known) return known
  const made: Branch = { question: null, next: new Map(), helper: null }
  branches.set(key, made)
  return made
}

/** Stands for the word (`w`) or the shift (`s`) of an element until a model is linked. */
export function openPlace({ id }: Declaration, index: number, part: 'w' | 's'): string {
  return `§${id}_${index}${part}`
}
