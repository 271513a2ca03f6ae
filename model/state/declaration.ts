/**
 * The words in which the variables of the machine are declared.
 *
 * A declaration says everything about a variable: its range, its value at rest, its name, how a
 * value is shown, the sentence that tells a change, its label in the picture. Its doc comment says
 * what it means. Types, layout, initial state, helpers of rules, stories, pictures and the
 * reference are derived from it.
 */
import type { Domain } from '../../checker/state/domain.js'
import type { Sizes, World } from './sizes.js'

/** What the elements of a list are numbered by. */
export type Thing = 'thread' | 'mm' | 'vma' | 'page' | 'slot' | 'table' | 'entry' | 'frame'

/** Which values a field may have. */
export interface Range<V> {
  readonly domain: (m: Sizes) => Domain<V>
  /** The value before anything has happened, and after everything is over. */
  readonly rest: V
  /** A value in words. */
  readonly shows: (value: V, world: World) => string
  /**
   * What a value stands for, where that has a number or name of its own. A `pair` is the number of
   * a VMA of any address space.
   */
  readonly names?: Thing | 'content' | 'operation' | 'pair'
}

/** Where a value stands, for words that depend on that. */
export interface Here<Owner = unknown> {
  /** The record around it. */
  readonly owner: Owner
  /** The indices of the lists around it, outermost first. */
  readonly indices: readonly number[]
}

/** A change of a variable in words. */
export interface ToldChange {
  /** The variable: `parent pte 2`. */
  readonly name: string
  readonly from: string
  readonly to: string
  /** The first word of the name: whose the variable is. */
  readonly owner: string
  /** The first number in the name; '' if there is none. */
  readonly number: string
}

/** What people are told of a variable. Everything has a default. */
export interface Notes<V> {
  /**
   * Its name behind that of its owner, '' for none. Default: as rules call it. The fields of a
   * record that has words for its value (`shows`) are one variable, but for those with a name.
   */
  readonly name?: string
  /** The name is enough: the owner's is left out. */
  readonly alone?: true
  /** Its name where that depends on the state; null where it does not. */
  readonly title?: (s: never, ...indices: number[]) => string | null
  /** A value in words. Default: that of its range. */
  readonly shows?: (value: V, world: World, here: never) => string
  /** The sentence for a change, without its full stop. Default: from which value to which. */
  readonly says?: (change: ToldChange) => string
  /** What the picture calls it where the value is not the one at rest; and where room is short. */
  readonly label?: string | readonly [long: string, short: string]
  /** Registers, observations for the properties: shown on demand. So is what has no name. */
  readonly internal?: true
  /**
   * `place`: it says where a thread stands, as the thread's steps do. `context`: it says what is
   * around a thing, not what is wrong with it. `telling`: it is worth telling even if it has
   * always been like that. `event`: it changes what everybody does. `lock`: everybody looks at it,
   * so an explanation is about it only where that names it.
   */
  readonly role?: 'place' | 'context' | 'telling' | 'event' | 'lock'
  /** How the explanations of properties name it, where they do so without a number. */
  readonly named?: RegExp
}

/** What is said of a single field beside its range. */
export interface FieldNotes<V> extends Notes<V> {
  /** Default: that of its range. */
  readonly rest?: V | ((m: Sizes) => V)
  /** Of a thread: the register stays as it is when the others are put at rest. */
  readonly kept?: true
  /** Of a VMA: one of its flags (vm_flags), which a copy takes over and neighbours must share. */
  readonly vmFlag?: true
}

/** A single variable. */
export interface Field<V> {
  readonly kind: 'field'
  readonly range: Range<V>
  readonly notes: FieldNotes<V>
  readonly __value?: V
}

/** Named fields that belong together. */
export interface RecordOf<V> {
  readonly kind: 'record'
  readonly fields: Readonly<Record<keyof V & string, Declared>>
  readonly notes: Notes<V>
  readonly __value?: V
}

/** One element for each thing of a kind. */
export interface ListOf<V> {
  readonly kind: 'list'
  readonly of: Thing
  readonly element: Declared
  readonly notes: ListNotes
  readonly __value?: V[]
}

export interface ListNotes extends Pick<Notes<never>, 'name' | 'title'> {
  /** What an element is called. Default: the list's own name and the number. */
  readonly called?: (i: number, world: World) => string
  /** Of a thread: the registers stay as they are when the others are put at rest. */
  readonly kept?: true
}

/** What a scenario fixes: rules read it, it takes no room in a state. */
export interface Constant<V> {
  readonly kind: 'constant'
  readonly value: (m: Sizes) => V
  readonly __value?: V
}

// biome-ignore lint/suspicious/noExplicitAny: values of any type
export type Declared = Field<any> | RecordOf<any> | ListOf<any> | Constant<any>

/** The type of the values of a declaration. */
export type ValueOf<D> = D extends { readonly __value?: infer V } ? V : never

/** A single variable. */
export function field<V>(range: Range<V>, notes: FieldNotes<V> = {}): Field<V> {
  return { kind: 'field', range, notes }
}

/** Named fields. They are stored in this order. */
export function record<F extends Readonly<Record<string, Declared>>>(
  fields: F,
  notes: Notes<{ [K in keyof F]: ValueOf<F[K]> }> = {},
): RecordOf<{ [K in keyof F]: ValueOf<F[K]> }> {
  return { kind: 'record', fields, notes } as never
}

/** A list with one element for each thing of a kind, by its number. */
export function listOf<V>(
  of: Thing,
  element: Declared & { readonly __value?: V },
  notes: ListNotes = {},
): ListOf<V> {
  return { kind: 'list', of, element, notes }
}

/** What a scenario fixes. */
export function constant<V>(value: (m: Sizes) => V): Constant<V> {
  return { kind: 'constant', value }
}
