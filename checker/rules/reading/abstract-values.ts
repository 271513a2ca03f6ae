/**
 * Abstract values: what a piece of a rule's source can stand for while it is read. A value is a
 * node of the tree; the others are a name, a part of the state, and a part of a constant of the
 * model.
 */
import type { LayoutNode, Scalar } from '../../state/layout.js'
import type { FunctionSource } from '../source.js'
import {
  BOOL,
  type Expression,
  type Facts,
  INT,
  local,
  type NameType,
  type ValueType,
} from '../tree.js'

export type AbstractValue = Value | Word | StatePart | ConstantPart

/** A value, as a node. Its type is `none` where a function without a value is called. */
export interface Value {
  readonly kind: 'value'
  readonly node: Expression
}

/** A name: which number it is depends on the list of names that it is compared with. */
export interface Word {
  readonly kind: 'word'
  readonly text: string
}

/** A part of the state: a node of the layout, and the indices that lead to it. */
export interface StatePart {
  readonly kind: 'statePart'
  readonly node: LayoutNode
  readonly indices: readonly Expression[]
}

/** A part of a constant of the model, perhaps at indices that are known only when the rule runs. */
export interface ConstantPart {
  readonly kind: 'part'
  readonly value: unknown
  /** Steps from `value` to the part: names of fields, known indices, other indices. */
  readonly steps: readonly (string | Expression)[]
  readonly path: string
}

export interface Scope {
  readonly names: Map<string, AbstractValue>
  readonly outer: Scope | null
  /** All names that the block declares. Those that are not yet among `names` may not be read. */
  readonly declares?: ReadonlySet<string>
}

/** What a name means here; null: it is no local name. A name not yet declared has no meaning. */
export function find(name: string, scope: Scope | null): AbstractValue | 'too early' | null {
  for (let s = scope; s; s = s.outer) {
    const found = s.names.get(name)
    if (found) return found
    if (s.declares?.has(name)) return 'too early'
  }
  return null
}

/** A function while it is read. */
export class Frame {
  /** The facts that all values returned so far share; null before the first one. */
  returned: Facts | null = null
  /** Does some way through the function end without a value? */
  isEmpty = false
  /** Is the code behind the statement that was read last out of reach? */
  isEnded = false
  private count = 0

  /** @param inside the function into whose tree this one is put. */
  constructor(
    readonly source: FunctionSource,
    private readonly inside: Frame | null = null,
  ) {}

  /** A name that no other binding of the function has. */
  fresh(name: string): string {
    return this.inside?.fresh(name) ?? `${name}$${this.count++}`
  }
}

export function nameType(names: readonly string[], open = false): NameType {
  return { kind: 'name', names, key: names.join('|'), open }
}

const types = new WeakMap<Scalar, ValueType>()

export function typeOf(scalar: Scalar): ValueType {
  const known = types.get(scalar)
  if (known) return known
  const { type, names } = scalar
  const found = type === 'flag' ? BOOL : type === 'range' ? INT : nameType(names)
  types.set(scalar, found)
  return found
}

/** Do equal numbers of the two types mean equal values? */
export function isSameType(left: ValueType, right: ValueType): boolean {
  if (left.kind !== 'name' || right.kind !== 'name') return left.kind === right.kind
  return left.key === right.key
}

/** The indices of an abstract value that are not known: a call has to hand these over. */
export function dynamicParts(abstractValue: AbstractValue): readonly Expression[] {
  const isDynamic = (index: Expression) => index.kind !== 'constant'
  switch (abstractValue.kind) {
    case 'word':
      return []
    case 'value':
      return [abstractValue.node].filter(isDynamic)
    case 'statePart':
      return abstractValue.indices.filter(isDynamic)
    case 'part':
      return abstractValue.steps.filter((step) => typeof step !== 'string')
  }
}

/** The abstract value with other nodes in place of its dynamic parts. */
export function withDynamicParts(
  abstractValue: AbstractValue,
  change: (index: Expression) => Expression,
): AbstractValue {
  const changed = (index: Expression) => (index.kind === 'constant' ? index : change(index))
  switch (abstractValue.kind) {
    case 'word':
      return abstractValue
    case 'value':
      return { ...abstractValue, node: changed(abstractValue.node) }
    case 'statePart':
      return { ...abstractValue, indices: abstractValue.indices.map(changed) }
    case 'part':
      return {
        ...abstractValue,
        steps: abstractValue.steps.map((step) => (typeof step === 'string' ? step : changed(step))),
      }
  }
}

/** What is known of an argument, in words that are good for any model. */
export type PortableArgument =
  | Value
  | Word
  | (Omit<StatePart, 'node'> & { readonly path: string })
  | Omit<ConstantPart, 'value'>

export function portable(arg: AbstractValue): PortableArgument {
  const bare = withDynamicParts(arg, (index) => {
    const binding = { name: '', init: null, role: 'parameter', type: index.type } as const
    return local(binding, index, true)
  })
  if (bare.kind === 'statePart')
    return { kind: bare.kind, path: bare.node.path, indices: bare.indices }
  if (bare.kind === 'part') return { kind: bare.kind, path: bare.path, steps: bare.steps }
  return bare
}

/** A key for what becomes of a function, for arguments of these shapes. */
export function readingKey(fn: number, args: readonly AbstractValue[]): string {
  return `call ${fn} ${args.map(shapeOf).join(' ')}`
}

/** The known facts about an argument, as text. Arguments of equal shapes share one function. */
function shapeOf(abstractValue: AbstractValue): string {
  switch (abstractValue.kind) {
    case 'word':
      return JSON.stringify(abstractValue.text)
    case 'value':
      return shapeOfNode(abstractValue.node)
    case 'statePart':
      return `${abstractValue.node.path}@${abstractValue.indices.map(shapeOfNode).join()}`
    case 'part': {
      const steps = abstractValue.steps.map((s) => (typeof s === 'string' ? s : shapeOfNode(s)))
      return `${abstractValue.path}@${steps.join()}`
    }
  }
}

function shapeOfNode({ kind, type, low, high, numbers }: Expression): string {
  const name = type.kind === 'name' ? type.key : type.kind
  return kind === 'constant' ? `=${low} ${name}` : `${low}..${high} ${numbers ?? ''} ${name}`
}

/** The value of an element beyond the end of a list. Reading it is an error. */
export const ABSENT = Symbol('absent')

/** A part of a constant for all combinations of the indices that are not known. */
export interface Spread {
  /** For every such index, the length of the longest list that it may index. */
  readonly lengths: readonly number[]
  /** The last index runs fastest. ABSENT: a list is too short; undefined: a group lacks a field. */
  readonly values: readonly unknown[]
  /** The names among the values, if there are any. */
  readonly names: NameType | null
}

export function spread({ value, steps }: Pick<ConstantPart, 'value' | 'steps'>): Spread {
  const lengths: number[] = []
  let values: unknown[] = [value]
  for (const step of steps) {
    if (typeof step === 'string') {
      values = values.map((value) => {
        if (value === ABSENT || (Array.isArray(value) && !Object.hasOwn(value, step))) return ABSENT
        return (value as Record<string, unknown> | undefined)?.[step]
      })
      continue
    }
    const length = Math.max(0, ...values.map((value) => (Array.isArray(value) ? value.length : 0)))
    lengths.push(length)
    values = values.flatMap((value) =>
      Array.from({ length }, (_, i) =>
        Array.isArray(value) && i < value.length ? value[i] : ABSENT,
      ),
    )
  }
  const names = new Set(values.filter((value): value is string => typeof value === 'string'))
  return { lengths, values, names: names.size > 0 ? nameType([...names], true) : null }
}
