/** Functions that printed code calls. */
import { AccessError } from '../../state/layout.js'
import { MISSING } from '../tree.js'

/** They have these names in every language. */
export const ARITHMETIC: readonly string[] = [
  'const quotient = (x, y) => Math.floor(x / y)',
  'const smaller = (x, y) => Math.min(x, y)',
  'const larger = (x, y) => Math.max(x, y)',
]

/** Called `at` in code. */
export function checkIndex(index: number, length: number, path: string): number {
  if (index >= 0 && index < length) return index
  throw new AccessError(`${path} has no element ${index}: it has ${length}`)
}

/** Called `here` in code. */
export function checkPresent(value: number, path: string): number {
  if (value !== MISSING) return value
  throw new AccessError(`${path} has no such element`)
}
