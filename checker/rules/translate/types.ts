/** Nouns of the translation: what is declared, what code is, what is known of a value. */
import type { Scalar } from '../../state/layout.js'

/** A variable as declared: a leaf of a layout without its place. One object for equal ones. */
export interface Declaration {
  readonly id: number
  readonly path: string
  /** Lengths of the lists around it, but for the outermost. */
  readonly inner: readonly number[]
  readonly scalar: Scalar
  readonly width: number
}

/** What facts are about: a layout and a vocabulary. */
export interface Subject {
  /** What is declared at a path, and how: comparable. */
  declared(path: string): unknown
  word(name: string): unknown
  /** The length of a list of the state. */
  length(path: string): number
  /** All values of a part of a constant, as a text. */
  values(path: string, steps: readonly unknown[]): string
  /** The length of a list in a constant; null when it is none. */
  lengthIn(path: string, steps: readonly unknown[]): number | null
}

/** Something that is asked while a function is translated. */
export interface Question {
  /** Equal for equal questions. */
  readonly key: string
  readonly ask: (about: Subject) => unknown
}

export interface Fact extends Question {
  readonly answer: unknown
}

/**
 * Code of a condition. `is` is its outcome where that is known beforehand; the code then still has
 * to be run for what it does on the way, and is `true` or `false` when it does nothing.
 */
export interface Truth {
  readonly code: string
  readonly is: boolean | null
}

/** A value is one of these numbers, or what one of these variables holds. */
export interface Origin {
  readonly numbers: readonly number[]
  readonly variables: readonly Variable[]
}

/** One element of a declared variable; index null means any of them. */
export interface Variable {
  readonly leaf: Declaration
  readonly index: number | null
}

/** A value that a function may give to a variable; origin null means any value it can hold. */
export interface Write {
  readonly to: Variable
  readonly origin: Origin | null
}

/** What a value is: a number, a truth value, or a name out of a list of names. */
export type ValueType = { readonly kind: 'int' | 'bool' | 'none' } | NameType
export interface NameType {
  readonly kind: 'name'
  readonly names: readonly string[]
  /** Equal for equal lists of names. */
  readonly key: string
  /** True for the names that happen to occur in a constant: any other name is simply not there. */
  readonly open: boolean
}

/** Printed code of a value; `low`/`high` bound an integer where they are known. */
export interface Code {
  readonly kind: 'code'
  readonly code: string
  readonly type: ValueType
  readonly low?: number
  readonly high?: number
  /** Absent where nothing is known but the bounds. */
  readonly origin?: Origin
  /** What of the code may fail and so must be run even if nobody wants the value. Absent: all. */
  readonly check?: string
  /** The variables it may be the value of, where what is made of it has yet to be noted (Reads). */
  readonly unread?: readonly Declaration[]
}

/**
 * The variables a function may look at. Those it only compares with certain values stand there with
 * these: to it, all other values are alike. The others stand there with null.
 */
export type Reads = ReadonlyMap<Declaration, ReadonlySet<number> | null>

/** A printed function: its name, and what it returns. */
export interface Helper {
  readonly name: string
  readonly result: ValueType
  /** Every variable it may look at, by way of the functions it calls too. */
  readonly reads: Reads
  /** Every value it may give to a variable that holds names, likewise. */
  readonly writes: Iterable<Write>
  /** May it fail or change the state? */
  readonly acts: boolean
  readonly low?: number
  readonly high?: number
  readonly origin?: Origin
  /** As of a Code. */
  readonly unread?: readonly Declaration[]
  /** All that the translation depends on, in the order in which it was asked. */
  readonly facts: readonly Fact[]
}
