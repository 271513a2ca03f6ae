/**
 * Expressions with what is known folded in. Nothing that can fail or change the state is left out:
 * an operation whose value is known is a constant only if running it does nothing else.
 */
import {
  type Arithmetic,
  anyOf,
  BOOL,
  type Comparison,
  type Conditional,
  constant,
  type Expression,
  eitherOf,
  type Facts,
  INT,
  isConstant,
  knownValue,
  mostOf,
  numbersOf,
  operation,
  PURE,
  truth,
} from '../tree.js'

/** The value of a condition, if it is known. Evaluating it may still have side effects. */
export function outcome(condition: Expression): boolean | null {
  const value = knownValue(condition)
  return value === null ? null : value === 1
}

export function not(condition: Expression): Expression {
  const is = outcome(condition)
  if (is !== null && condition.effect === PURE) return truth(!is)
  return operation('!', [condition], outcomeFacts(is === null ? null : !is))
}

/** `left && right` or `left || right`. */
export function logical(operator: '&&' | '||', left: Expression, right: Expression): Expression {
  const settles = operator === '||'
  const [l, r] = [outcome(left), outcome(right)]
  if (l === settles) return left
  if (isConstant(left)) return right
  if (r === !settles && isConstant(right)) return left
  if (r === settles && isConstant(right) && left.effect === PURE) return right
  return operation(operator, [left, right], outcomeFacts(l === null && r !== settles ? null : r))
}

function outcomeFacts(is: boolean | null): Facts {
  return is === null ? anyOf(BOOL) : truth(is)
}

export function compare(operator: Comparison, left: Expression, right: Expression): Expression {
  const is = decided(operator, left, right)
  if (is === null) return operation(operator, [left, right], anyOf(BOOL))
  return after([...needed(left), ...needed(right)], truth(is))
}

/** Runs the first ones for what they do, and has the value of the last one. */
export function after(first: readonly Expression[], value: Expression): Expression {
  return first.length === 0 ? value : operation('after', [...first, value], value)
}

/** The parts of an expression that must be run even where its value is not needed. */
function needed(node: Expression): readonly Expression[] {
  if (node.effect === PURE) return []
  if (node.kind === 'load') return node.indices.flatMap(needed)
  if (node.kind === 'lookUp' && node.table.isWhole) return needed(node.index)
  const isShort = node.kind === 'operation' && (node.operator === '&&' || node.operator === '||')
  return node.kind === 'operation' && !isShort ? node.operands.flatMap(needed) : [node]
}

/** The outcome of a comparison, where what is known of both sides settles it. */
function decided(operator: Comparison, l: Facts, r: Facts): boolean | null {
  const isSame = l.low === l.high && r.low === r.high && l.low === r.low
  const isApart = l.high < r.low || r.high < l.low || haveNothingInCommon(l, r)
  const isLess = l.high < r.low ? true : l.low >= r.high ? false : null
  const isGreater = l.low > r.high ? true : l.high <= r.low ? false : null
  switch (operator) {
    case '===':
      return isApart ? false : isSame ? true : null
    case '!==':
      return isApart ? true : isSame ? false : null
    case '<':
      return isLess
    case '>=':
      return isLess === null ? null : !isLess
    case '>':
      return isGreater
    case '<=':
      return isGreater === null ? null : !isGreater
  }
}

function haveNothingInCommon(l: Facts, r: Facts): boolean {
  const [x, y] = [numbersOf(l), numbersOf(r)]
  return x !== null && y !== null && !x.some((number) => y.includes(number))
}

/** `test ? then : otherwise`, both of one type. */
export function choose(test: Expression, then: Expression, otherwise: Expression): Expression {
  if (isConstant(test)) return test.value === 1 ? then : otherwise
  const facts = eitherOf(then, otherwise)
  const effect = mostOf([test, then, otherwise])
  return { kind: 'conditional', test, then, otherwise, ...facts, effect } satisfies Conditional
}

/** Arithmetic on two integers. Divisors are not 0; shifts are by 0 to 31. */
export function calculate(operator: Arithmetic, left: Expression, right: Expression): Expression {
  const node = operation(operator, [left, right], {
    ...anyOf(INT),
    ...bounds(operator, left, right),
  })
  const value = knownValue(node)
  // Of a number with a sign `+ 0` makes one without: there is no minus zero.
  return value !== null && node.effect === PURE ? constant(value + 0) : node
}

type Bounds = Pick<Facts, 'low' | 'high'>
const UNBOUNDED: Bounds = { low: -Infinity, high: Infinity }

function bounds(operator: Arithmetic, l: Facts, r: Facts): Bounds {
  const isBounded = Number.isFinite(l.low + l.high + r.low + r.high)
  const x = knownValue(l)
  const y = knownValue(r)
  switch (operator) {
    case '+':
      return { low: l.low + r.low, high: l.high + r.high }
    case '-':
      return { low: l.low - r.high, high: l.high - r.low }
    case '*':
      return isBounded ? endsOf(l, r, (a, b) => a * b) : UNBOUNDED
    case 'quotient':
      return isBounded ? endsOf(l, r, (a, b) => Math.floor(a / b)) : UNBOUNDED
    case 'min':
      return { low: Math.min(l.low, r.low), high: Math.min(l.high, r.high) }
    case 'max':
      return { low: Math.max(l.low, r.low), high: Math.max(l.high, r.high) }
    case '%':
      return x !== null && y !== null ? only(x % y) : remainderBounds(l, r)
    default:
      return x !== null && y !== null ? only(bits(operator, x, y)) : bitBounds(operator, l, r)
  }
}

function only(value: number): Bounds {
  return { low: value, high: value }
}

/** Of an operation that is monotonic in both operands: its least and greatest value at the ends. */
function endsOf(l: Facts, r: Facts, of: (x: number, y: number) => number): Bounds {
  const ends = [of(l.low, r.low), of(l.low, r.high), of(l.high, r.low), of(l.high, r.high)]
  return { low: Math.min(...ends) + 0, high: Math.max(...ends) + 0 }
}

/** A remainder has the sign of the dividend and is nearer to 0 than dividend and divisor. */
function remainderBounds(l: Facts, r: Facts): Bounds {
  const largest = Math.max(Math.abs(r.low), Math.abs(r.high)) - 1
  return {
    low: l.low >= 0 ? 0 : Math.max(-largest, l.low),
    high: Math.max(0, Math.min(largest, l.high)),
  }
}

function bits(operator: '&' | '|' | '^' | '<<' | '>>' | '>>>', x: number, y: number): number {
  switch (operator) {
    case '&':
      return x & y
    case '|':
      return x | y
    case '^':
      return x ^ y
    case '<<':
      return x << y
    case '>>':
      return x >> y
    case '>>>':
      return x >>> y
  }
}

function bitBounds(operator: Arithmetic, l: Facts, r: Facts): Bounds {
  const isWord = ({ low, high }: Facts) => low >= 0 && high < 2 ** 31
  const isNatural = isWord(l) && isWord(r)
  const word = { low: -(2 ** 31), high: 2 ** 31 - 1 }
  if (operator === '>>>') return isNatural ? shifted(l, r) : { low: 0, high: 2 ** 32 - 1 }
  if (operator === '>>' && l.low >= -(2 ** 31) && l.high < 2 ** 31) return shifted(l, r)
  if (operator === '<<' && isNatural && l.high * 2 ** r.high < 2 ** 31)
    return { low: l.low * 2 ** r.low, high: l.high * 2 ** r.high }
  if (operator === '&' && isWord(r))
    return { low: 0, high: isWord(l) ? Math.min(l.high, r.high) : r.high }
  if (operator === '&' && isWord(l)) return { low: 0, high: l.high }
  if (!isNatural || operator === '<<' || operator === '>>') return word
  return { low: 0, high: 2 ** (32 - Math.clz32(Math.max(l.high, r.high))) - 1 }
}

const shifted = (l: Facts, r: Facts) => endsOf(l, r, (x, y) => Math.floor(x / 2 ** y))
