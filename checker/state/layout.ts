/**
 * The shape of a state: every variable declared once, with its range, and where its bits lie.
 *
 * A declaration is both specification and storage: `range(0, 5)` takes three bits, a domain of
 * one value none, a value outside its range is an error and never overflows. States are vectors of
 * 32-bit words; a variable lies in one of them, whose highest bit is free: no word is negative.
 */

import { closestName } from '../closest-name.js'
import type { Domain, DomainShape, Scalar } from './domain.js'

export * from './domain.js'

/** One declared variable, with one element for each combination of the lists around it. */
export interface Leaf {
  /** For instance `mm[].pmd[].writable`. */
  readonly path: string
  /** Lengths of the lists around it, outermost first. */
  readonly dims: readonly number[]
  readonly scalar: Scalar
  /** Bits of one element; 0 when the range has one value. */
  readonly width: number
  /** Position of element i: word number * 32 + bit number of its lowest bit. */
  readonly position: Int32Array
}

/** The declaration as a tree, with the storage of each variable at its leaves. */
export type LayoutNode =
  | {
      readonly kind: 'record'
      readonly path: string
      readonly fields: ReadonlyMap<string, LayoutNode>
    }
  | {
      readonly kind: 'list'
      readonly path: string
      readonly length: number
      readonly element: LayoutNode
    }
  | { readonly kind: 'leaf'; readonly path: string; readonly leaf: Leaf }
  | { readonly kind: 'constant'; readonly path: string; readonly value: unknown }

/** Raised when a rule writes a value outside its range or touches what does not exist. */
export class AccessError extends Error {
  override readonly name = 'AccessError'
}

/** The storage of the states of one model. `S` is the type rules see. */
export class Layout<S> {
  readonly root: LayoutNode
  readonly leaves: readonly Leaf[]
  /** Length of a state vector in 32-bit words; at least 2. */
  readonly words: number
  /** Bits in use. */
  readonly bits: number

  constructor(domain: Domain<S>) {
    const leaves: Leaf[] = []
    this.root = build(domain, '', [], leaves)
    this.leaves = leaves
    const end = place(this.root)
    this.words = Math.max(2, Math.ceil(end / 32))
    this.bits = leaves.reduce((sum, leaf) => sum + leaf.width * leaf.position.length, 0)
  }

  /** How many bits of a word are in use, from the lowest. */
  bitsOf(word: number): number {
    let end = 0
    for (const { width, position } of this.leaves)
      for (const bit of width > 0 ? position : [])
        if (bit >> 5 === word) end = Math.max(end, (bit & 31) + width)
    return end
  }

  /** Packs a plain state. @throws AccessError when a value is missing or outside its range. */
  encode(state: S, into: Int32Array = new Int32Array(this.words)): Int32Array {
    into.fill(0)
    encodeNode(this.root, state, 0, into)
    return into
  }

  /** A fresh plain object with the values of a packed state (constants included). */
  decode(words: Int32Array, offset = 0): S {
    return decodeNode(this.root, 0, words, offset) as S
  }

  /**
   * Objects that read and write a packed state in place, for interpreting rules.
   * `bind` points them at a vector. Slow, checked, and the meaning that compiled code must match.
   * Writes raise AccessError when out of range, or when bound as `readOnly`; constants are frozen.
   * @param observe is called for every element that is read, `observeWrite` for every write.
   */
  view(
    observe?: Target['observe'],
    observeWrite?: Target['observe'],
  ): { readonly state: S; bind(words: Int32Array, offset: number, readOnly?: boolean): void } {
    const target: Target = {
      words: new Int32Array(this.words),
      offset: 0,
      readOnly: false,
      observe,
      observeWrite,
    }
    const state = viewNode(this.root, 0, target) as S
    return {
      state,
      bind(words, offset, readOnly = false) {
        target.words = words
        target.offset = offset
        target.readOnly = readOnly
      },
    }
  }
}

function build(
  shape: DomainShape,
  path: string,
  dims: readonly number[],
  leaves: Leaf[],
): LayoutNode {
  switch (shape.kind) {
    case 'constant':
      return { kind: 'constant', path, value: shape.value }
    case 'record': {
      const fields = new Map<string, LayoutNode>()
      for (const [name, field] of Object.entries(shape.fields))
        fields.set(name, build(field, path === '' ? name : `${path}.${name}`, dims, leaves))
      return { kind: 'record', path, fields }
    }
    case 'list': {
      const element = build(shape.element, `${path}[]`, [...dims, shape.length], leaves)
      return { kind: 'list', path, length: shape.length, element }
    }
    case 'scalar': {
      const { min, max } = shape.scalar
      const size = dims.reduce((product, n) => product * n, 1)
      const leaf: Leaf = {
        path,
        dims,
        scalar: shape.scalar,
        width: max === min ? 0 : 32 - Math.clz32(max - min),
        position: new Int32Array(size),
      }
      leaves.push(leaf)
      return { kind: 'leaf', path, leaf }
    }
  }
}

/** Gives every element its bits in the order of declaration; returns the first free bit. */
function place(root: LayoutNode): number {
  let next = 0
  const visit = (node: LayoutNode, index: number): void => {
    if (node.kind === 'record') for (const field of node.fields.values()) visit(field, index)
    if (node.kind === 'list')
      for (let i = 0; i < node.length; i++) visit(node.element, index * node.length + i)
    if (node.kind === 'leaf') {
      const { width, position } = node.leaf
      if ((next & 31) + width > 31) next = (next | 31) + 1
      position[index] = next
      next += width
    }
  }
  visit(root, 0)
  return next
}

/** Reads element `index` of a variable as a number (flags 0 or 1, names by their place). */
export function readLeaf(leaf: Leaf, index: number, words: Int32Array, offset: number): number {
  if (leaf.width === 0) return leaf.scalar.min
  const position = leaf.position[index]
  const mask = 2 ** leaf.width - 1
  return ((words[offset + (position >> 5)] >>> (position & 31)) & mask) + leaf.scalar.min
}

/** Writes element `index` of a variable. @throws AccessError on a value outside its range. */
export function writeLeaf(
  leaf: Leaf,
  index: number,
  words: Int32Array,
  offset: number,
  value: number,
): void {
  const { min, max } = leaf.scalar
  if (!(value >= min && value <= max)) throw outOfRange(leaf, value)
  if (leaf.width === 0) return
  const position = leaf.position[index]
  const mask = 2 ** leaf.width - 1
  const word = offset + (position >> 5)
  const shift = position & 31
  words[word] = (words[word] & ~(mask << shift)) | ((value - min) << shift)
}

export function outOfRange(leaf: Leaf, value: unknown): AccessError {
  const { min, max, names } = leaf.scalar
  const allowed =
    names.length > 0 ? allowedNames(String(value), names) : `allowed are ${min}..${max}`
  return new AccessError(`${leaf.path} cannot hold ${String(value)}: ${allowed}`)
}

/** At most so many names are listed in a message. */
const LISTED_NAMES = 12

/** Which names a variable may hold, for a message; of very many, the one that may be meant. */
export function allowedNames(wrong: string, names: readonly string[]): string {
  if (names.length <= LISTED_NAMES) return `allowed are ${names.join(' | ')}`
  const close = closestName(wrong, names)
  return close === null ? `it is none of the ${names.length} names` : `did you mean ${close}?`
}

/** A rule assigns to a list, a record or a constant, not to a variable. */
function notAssignable(node: Exclude<LayoutNode, { kind: 'leaf' }>): AccessError {
  if (node.kind === 'constant') return new AccessError(`${node.path} is constant`)
  const parts =
    node.kind === 'record' ? [...node.fields.keys()].join(', ') : `its ${node.length} elements`
  return new AccessError(`${node.path} cannot be assigned as a whole: assign ${parts} one by one`)
}

/** A value as rules see it to the number that is stored. @throws AccessError on a foreign value. */
function toNumber(leaf: Leaf, value: unknown): number {
  const { type, names } = leaf.scalar
  if (type === 'flag' && typeof value === 'boolean') return value ? 1 : 0
  if (type === 'range' && typeof value === 'number' && Number.isInteger(value)) return value
  const place = type === 'oneOf' ? names.indexOf(value as string) : -1
  if (place >= 0) return place
  throw outOfRange(leaf, value)
}

/** A stored number as rules see it. */
export function toValue(leaf: Leaf, stored: number): unknown {
  const { type, names } = leaf.scalar
  if (type === 'flag') return stored === 1
  return type === 'oneOf' ? names[stored] : stored
}

function encodeNode(node: LayoutNode, value: unknown, index: number, words: Int32Array): void {
  if (node.kind === 'record')
    for (const [name, field] of node.fields)
      encodeNode(field, (value as Record<string, unknown>)?.[name], index, words)
  if (node.kind === 'list') {
    const elements = value as unknown[] | undefined
    if (elements?.length !== node.length)
      throw new AccessError(`${node.path} takes ${node.length} elements, not ${elements?.length}`)
    for (const [i, element] of elements.entries())
      encodeNode(node.element, element, index * node.length + i, words)
  }
  if (node.kind === 'leaf') writeLeaf(node.leaf, index, words, 0, toNumber(node.leaf, value))
  if (node.kind !== 'constant' || value === undefined) return
  if (JSON.stringify(value) !== JSON.stringify(node.value))
    throw new AccessError(`${node.path} is constant: it cannot be ${JSON.stringify(value)}`)
}

function decodeNode(node: LayoutNode, index: number, words: Int32Array, offset: number): unknown {
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'leaf':
      return toValue(node.leaf, readLeaf(node.leaf, index, words, offset))
    case 'list': {
      const { length, element } = node
      return Array.from({ length }, (_, i) =>
        decodeNode(element, index * length + i, words, offset),
      )
    }
    case 'record': {
      const result: Record<string, unknown> = {}
      for (const [name, field] of node.fields)
        result[name] = decodeNode(field, index, words, offset)
      return result
    }
  }
}

interface Target {
  words: Int32Array
  offset: number
  readOnly: boolean
  readonly observe: ((leaf: Leaf, index: number) => void) | undefined
  readonly observeWrite: ((leaf: Leaf, index: number) => void) | undefined
}

function viewNode(node: LayoutNode, index: number, target: Target): unknown {
  switch (node.kind) {
    case 'constant':
      return viewConstant(node.value, node.path)
    case 'leaf':
      throw new Error('a state is a record or a list, not a single variable')
    case 'record': {
      const result = {}
      for (const [name, field] of node.fields) defineView(result, name, field, index, target)
      return Object.seal(result)
    }
    case 'list': {
      const elements: unknown[] = new Array(node.length)
      for (let i = 0; i < node.length; i++)
        defineView(elements, String(i), node.element, index * node.length + i, target)
      return guardedList(elements, node.path)
    }
  }
}

function defineView(
  owner: object,
  name: string,
  node: LayoutNode,
  index: number,
  target: Target,
): void {
  if (node.kind !== 'leaf') {
    const value = viewNode(node, index, target)
    Object.defineProperty(owner, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw notAssignable(node)
      },
    })
    return
  }
  const { leaf } = node
  Object.defineProperty(owner, name, {
    enumerable: true,
    get: () => {
      target.observe?.(leaf, index)
      return toValue(leaf, readLeaf(leaf, index, target.words, target.offset))
    },
    set: (value: unknown) => {
      if (target.readOnly) throw new AccessError(`${leaf.path} is changed by a condition`)
      target.observeWrite?.(leaf, index)
      writeLeaf(leaf, index, target.words, target.offset, toNumber(leaf, value))
    },
  })
}

/** A frozen copy: a rule that writes to a constant fails instead of changing the model. */
function viewConstant(value: unknown, path: string): unknown {
  if (Array.isArray(value)) {
    const elements = Object.freeze(value.map((element) => viewConstant(element, path)))
    // Reaching into a missing group fails by itself; a missing value must not pass as undefined.
    const hasGroups = value.some((element) => typeof element === 'object')
    return hasGroups ? elements : guardedList(elements as unknown[], path)
  }
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const fields = Object.entries(value).map(([name, field]) => [name, viewConstant(field, path)])
  return Object.freeze(Object.fromEntries(fields))
}

/** A list whose elements outside the declared length cannot be touched unnoticed. */
function guardedList(elements: unknown[], path: string): unknown {
  const check = (key: string | symbol): void => {
    if (typeof key === 'string' && !(key in elements))
      throw new AccessError(`${path} has no element ${key}: it has ${elements.length}`)
  }
  return new Proxy(elements, {
    get(list, key) {
      check(key)
      return Reflect.get(list, key)
    },
    set(list, key, value) {
      check(key)
      return Reflect.set(list, key, value)
    },
  })
}
