/**
 * What is known of values before anything runs: the outcome of a condition, where a value comes
 * from, what a function may write. It decides comparisons, and which steps can ever be taken.
 */
import type { Code, Origin, Truth, Variable, Write } from './types.js'

/** A condition that needs no running. */
export function known(is: boolean): Truth {
  return { code: String(is), is }
}

/** Does the condition say no more than its outcome? */
export function isPlain({ code, is }: Truth): boolean {
  return code === String(is)
}

export function originOf({ origin, low, high }: Code): Origin | null {
  if (origin) return origin
  return low !== undefined && low === high ? { numbers: [low], variables: [] } : null
}

/** All numbers that a value can be, where these are known. */
export function numbersOf(code: Code): readonly number[] | null {
  const origin = originOf(code)
  return origin && origin.variables.length === 0 ? origin.numbers : null
}

/** Where a value comes from that is one or the other. */
export function either(one: Code, other: Code): Pick<Code, 'low' | 'high' | 'origin'> {
  const [x, y] = [originOf(one), originOf(other)]
  return {
    low: both(one.low, other.low, Math.min),
    high: both(one.high, other.high, Math.max),
    origin: x && y ? union(x, y) : undefined,
  }
}

/** Two bounds made one; undefined when one of them is. */
export function both(x: number | undefined, y: number | undefined, pick: typeof Math.min) {
  return x === undefined || y === undefined ? undefined : pick(x, y)
}

function union(one: Origin, other: Origin): Origin {
  return {
    numbers: [...new Set([...one.numbers, ...other.numbers])].sort((x, y) => x - y),
    variables: [
      ...one.variables,
      ...other.variables.filter((v) => !one.variables.some((w) => areSame(v, w))),
    ],
  }
}

const areSame = (v: Variable, w: Variable) => v.leaf === w.leaf && v.index === w.index

/** Equal texts mean equal origins. */
export function originKey({ numbers, variables }: Origin): string {
  return [...numbers, ...variables.map(variableKey)].join()
}

/** Equal texts mean equal variables. */
export function variableKey({ leaf, index }: Variable): string {
  return `${leaf.path}#${index}`
}

/** Equal texts mean equal writes. */
export function writeKey({ to, origin }: Write): string {
  return `${variableKey(to)} ${origin ? originKey(origin) : ''}`
}

/** The outcome of a comparison where what is known of both sides already settles it. */
export function decide(operator: string, l: Code, r: Code): boolean | null {
  if (l.low === undefined || l.high === undefined || r.low === undefined || r.high === undefined)
    return null
  const apart = l.high < r.low || r.high < l.low || haveNothingInCommon(l, r)
  const same = l.low === l.high && r.low === r.high && l.low === r.low
  const less = l.high < r.low ? true : l.low >= r.high ? false : null
  const greater = l.low > r.high ? true : l.high <= r.low ? false : null
  switch (operator) {
    case '===':
      return apart ? false : same ? true : null
    case '!==':
      return apart ? true : same ? false : null
    case '<':
      return less
    case '>=':
      return less === null ? null : !less
    case '>':
      return greater
    default:
      return greater === null ? null : !greater
  }
}

function haveNothingInCommon(l: Code, r: Code): boolean {
  const [x, y] = [originOf(l), originOf(r)]
  if (!x || !y || x.variables.length > 0 || y.variables.length > 0) return false
  return !x.numbers.some((n) => y.numbers.includes(n))
}
