/**
 * Short functions put where they are called. That spares calls, and reading the same word of the
 * state for each of a hundred guards. V8 does as much by itself only in far smaller programs.
 */
import {
  type Expression,
  fixedIndex,
  isInRange,
  operation,
  type RuleFunction,
  type Store,
} from '../tree.js'
import { some } from '../visit.js'

/** A condition with the calls of short functions replaced by what these return. */
export function inlined(node: Expression): Expression {
  if (node.kind === 'call') return shortValue(node.callee) ?? node
  if (node.kind !== 'operation') return node
  return operation(node.operator, node.operands.map(inlined), node)
}

/** The expression a function returns, if it does nothing else and reads known elements only. */
function shortValue({ body, parameters }: RuleFunction): Expression | null {
  const [only] = body ?? []
  if (parameters.length > 0 || only?.kind !== 'return' || !only.value) return null
  return isAtKnownPlaces(only.value) ? only.value : null
}

/** The stores of a function, if it does nothing else and all elements are known. */
export function shortStores({ body }: RuleFunction): readonly Store[] | null {
  const stores = (body ?? []).filter((one) => one.kind === 'store')
  const areAll = stores.length > 0 && stores.length === body?.length
  return areAll && stores.every(isShort) ? stores : null
}

function isShort({ variable, indices, value }: Store): boolean {
  const isPlain = variable.width > 0 && isInRange(variable, value)
  return isPlain && fixedIndex(variable, indices) !== null && isAtKnownPlaces(value)
}

function isAtKnownPlaces(value: Expression): boolean {
  return !some(value, (node) => {
    if (node.kind === 'load')
      return node.variable.width === 0 || fixedIndex(node.variable, node.indices) === null
    return node.kind === 'call'
  })
}
