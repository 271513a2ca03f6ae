/**
 * Rules as a tree. The text of a rule, a property or a helper is read once, for one layout and for
 * the arguments that are known, into the typed nodes below (reading/). Passes are functions over
 * these nodes (passes/), and so are the printers of JavaScript, Promela and TLA+ (print/).
 *
 * Every node is immutable. Every expression carries its type and the bounds of its value, and every
 * node says whether running it can fail or change the state.
 */
import type { Scalar } from '../state/layout.js'

/** The side effects that running a node can have. */
export type Effect = typeof PURE | typeof FAILS | typeof CHANGES
/** It only gives a value. */
export const PURE = 0
/** It can fail: an index or an element may not exist, or a value may be out of range. */
export const FAILS = 1
/** It can change the state, and it can fail. */
export const CHANGES = 2

/** A variable as declared: a leaf of a layout without its place. Equal ones are one object. */
export interface Declaration {
  readonly id: number
  readonly path: string
  /** How many lists are around it. */
  readonly depth: number
  /** Lengths of these lists, without the outermost: models may differ in that one. */
  readonly inner: readonly number[]
  readonly scalar: Scalar
  readonly width: number
}

/** The type of a value: a number, a truth value, or one of a list of names; `none`: no value. */
export type ValueType = { readonly kind: 'int' | 'bool' | 'none' } | NameType
export interface NameType {
  readonly kind: 'name'
  readonly names: readonly string[]
  /** Equal for equal lists of names. */
  readonly key: string
  /** The names are those that occur in a constant: another name is only known not to be there. */
  readonly open: boolean
}

export const INT: ValueType = { kind: 'int' }
export const BOOL: ValueType = { kind: 'bool' }
export const NO_VALUE: ValueType = { kind: 'none' }

/** Facts about a value. Truth values are 0 and 1; a name is its index in the list of names. */
export interface Facts {
  readonly type: ValueType
  /** Bounds; infinite where nothing is known. */
  readonly low: number
  readonly high: number
  /** All numbers that the value can be, in order; null where they are not known. */
  readonly numbers: readonly number[] | null
}

interface Value extends Facts {
  readonly effect: Effect
}

/** A name of a function's own: a parameter, a constant, a variable, a counter of a loop. */
export interface Binding {
  /** Unique in its function. */
  readonly name: string
  /** The value of a constant; null for everything else. */
  readonly init: Expression | null
  readonly role: 'parameter' | 'constant' | 'variable'
  readonly type: ValueType
}

export type Expression = Constant | Local | Load | LookUp | Check | Operation | Conditional | Call

export interface Constant extends Value {
  readonly kind: 'constant'
  readonly value: number
}
export interface Local extends Value {
  readonly kind: 'local'
  readonly binding: Binding
  /** Does it keep this value as long as it is visible? */
  readonly isFixed: boolean
}
/** The value of an element of a variable. All indices are in bounds. */
export interface Load extends Value {
  readonly kind: 'load'
  readonly variable: Declaration
  readonly indices: readonly Expression[]
}
/** The value of an element of a constant of the model, by a table of its values. */
export interface LookUp extends Value {
  readonly kind: 'lookUp'
  readonly table: Table
  readonly index: Expression
  /** The path of the constant, for messages. */
  readonly path: string
}
/** An index. Running it fails where it is not from 0 to `length - 1`. */
export interface Check extends Value {
  readonly kind: 'check'
  readonly index: Expression
  readonly length: number
  readonly path: string
}
export interface Operation extends Value {
  readonly kind: 'operation'
  readonly operator: Operator
  readonly operands: readonly Expression[]
}
export interface Conditional extends Value {
  readonly kind: 'conditional'
  readonly test: Expression
  readonly then: Expression
  readonly otherwise: Expression
}
export interface Call extends Value {
  readonly kind: 'call'
  readonly callee: RuleFunction
  /** Calls of one function and one key have one callee. */
  readonly key: string
  readonly args: readonly Expression[]
}

/**
 * The operators of JavaScript under their names, and these: `quotient` is `Math.floor(x / y)`,
 * `min` and `max` are those of `Math`, `after` runs its operands and has the value of the last one.
 */
export type Operator = Logical | Comparison | Arithmetic | 'after'
export type Logical = '!' | '&&' | '||'
export type Comparison = '===' | '!==' | '<' | '<=' | '>' | '>='
export type Arithmetic = '+' | '-' | '*' | '%' | 'quotient' | 'min' | 'max' | BitOperator
export type BitOperator = '&' | '|' | '^' | '<<' | '>>' | '>>>'

export type Statement = Define | Assign | Store | RunStatement | If | Loop | Return | Jump

/** A local name begins, with this value. */
export interface Define {
  readonly kind: 'define'
  readonly binding: Binding
  readonly value: Expression
  readonly effect: Effect
}
export interface Assign {
  readonly kind: 'assign'
  readonly binding: Binding
  readonly value: Expression
  readonly effect: Effect
}
/** An element of a variable gets a value. It fails where the value is out of the range. */
export interface Store {
  readonly kind: 'store'
  readonly variable: Declaration
  readonly indices: readonly Expression[]
  readonly value: Expression
  readonly effect: Effect
}
/** An expression is run for what it does. */
export interface RunStatement {
  readonly kind: 'run'
  readonly value: Expression
  readonly effect: Effect
}
export interface If {
  readonly kind: 'if'
  readonly test: Expression
  readonly then: readonly Statement[]
  readonly otherwise: readonly Statement[]
  readonly effect: Effect
}
/** `for (let counter = from; test; step) body` */
export interface Loop {
  readonly kind: 'loop'
  readonly counter: Binding
  readonly from: Expression
  readonly test: Expression
  readonly step: Statement
  readonly body: readonly Statement[]
  readonly effect: Effect
}
export interface Return {
  readonly kind: 'return'
  readonly value: Expression | null
  readonly effect: Effect
}
export interface Jump {
  readonly kind: 'jump'
  readonly to: 'break' | 'continue'
  readonly effect: Effect
}

/** A function of the state as a tree; its first parameter, the state, is not among these. */
export interface RuleFunction {
  /** Unique among all functions. */
  readonly name: string
  /** The function's name in its source. */
  readonly called: string
  readonly parameters: readonly Binding[]
  /** Null: the function is interpreted on a view of the state. */
  readonly body: readonly Statement[] | null
  /** The type of what it gives back. */
  readonly type: ValueType
  readonly effect: Effect
}

/** Values of a constant for each combination of indices, the last index running fastest. */
export interface Table {
  readonly name: string
  readonly numbers: Int32Array
  /** Are there all elements? The number of a missing one is MISSING. */
  readonly isWhole: boolean
}

export type Node = Expression | Statement

/** Stands for a missing element of a table. */
export const MISSING = -(2 ** 31)

/** Nothing is known of a value but its type. */
export function anyOf(type: ValueType): Facts {
  if (type.kind === 'bool') return { type, low: 0, high: 1, numbers: null }
  return { type, low: -Infinity, high: Infinity, numbers: null }
}

export function constant(value: number, type: ValueType = INT): Constant {
  return { kind: 'constant', value, type, low: value, high: value, numbers: null, effect: PURE }
}

export function truth(value: boolean): Constant {
  return constant(value ? 1 : 0, BOOL)
}

export function isConstant(node: Expression): node is Constant {
  return node.kind === 'constant'
}

/** The value, if it is known. Evaluating it may still have side effects. */
export function knownValue({ low, high }: Facts): number | null {
  return low === high ? low : null
}

/** All numbers that a value can be, where these are known. */
export function numbersOf(value: Facts): readonly number[] | null {
  return value.numbers ?? (value.low === value.high ? [value.low] : null)
}

/** The facts about a value that is one of two values. */
export function eitherOf(one: Facts, other: Facts): Facts {
  const [x, y] = [numbersOf(one), numbersOf(other)]
  return {
    type: one.type,
    low: Math.min(one.low, other.low),
    high: Math.max(one.high, other.high),
    numbers: x && y ? [...new Set([...x, ...y])].sort((a, b) => a - b) : null,
  }
}

export function local(binding: Binding, facts: Facts, isFixed: boolean): Local {
  const { type, low, high, numbers } = facts
  return { kind: 'local', binding, isFixed, type, low, high, numbers, effect: PURE }
}

export function load(variable: Declaration, type: ValueType, indices: readonly Expression[]): Load {
  const { min: low, max: high } = variable.scalar
  const effect = mostOf(indices)
  return { kind: 'load', variable, indices, type, low, high, numbers: null, effect }
}

export function operation(
  operator: Operator,
  operands: readonly Expression[],
  { type, low, high, numbers }: Facts,
): Operation {
  const effect = mostOf(operands)
  return { kind: 'operation', operator, operands, type, low, high, numbers, effect }
}

/** @param result what is known of the value for these arguments. */
export function call(
  callee: RuleFunction,
  result: Facts,
  args: readonly Expression[],
  key = '',
): Call {
  const { type, low, high, numbers } = result
  const effect = most(callee.effect, mostOf(args))
  return { kind: 'call', callee, key, args, type, low, high, numbers, effect }
}

/** A call of a function that runs on the state alone, of which no more is known. */
export function callOn(callee: RuleFunction): Call {
  return call(callee, anyOf(callee.type), [])
}

export function run(value: Expression): RunStatement {
  return { kind: 'run', value, effect: value.effect }
}

export function most(one: Effect, other: Effect): Effect {
  return one > other ? one : other
}

export function mostOf(nodes: readonly Node[]): Effect {
  return nodes.reduce<Effect>((effect, node) => most(effect, node.effect), PURE)
}

/** The place of an element in its variable, where all indices are known; else null. */
export function fixedIndex({ inner }: Declaration, indices: readonly Expression[]): number | null {
  let flat = 0
  for (const [i, index] of indices.entries()) {
    if (index.kind !== 'constant') return null
    flat = flat * (i === 0 ? 1 : inner[i - 1]) + index.value
  }
  return flat
}

/** Can the value be stored without a check? */
export function isInRange({ scalar }: Declaration, { low, high }: Facts): boolean {
  return low >= scalar.min && high <= scalar.max
}

/** Is it `counter = counter + 1`? */
export function isIncrement(step: Statement, counter: Binding): boolean {
  if (step.kind !== 'assign' || step.binding !== counter || step.value.kind !== 'operation')
    return false
  const [left, right] = step.value.operands
  const isCounter = left.kind === 'local' && left.binding === counter
  return isCounter && step.value.operator === '+' && knownValue(right) === 1
}
