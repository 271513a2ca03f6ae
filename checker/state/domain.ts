/** Which values a variable may take: the words in which a state is declared. */

/** A set of values a variable may take. `V` is the type rules see. */
export type Domain<V> = DomainShape & { readonly __value?: V }

export type DomainShape =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'list'; readonly length: number; readonly element: DomainShape }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, DomainShape>> }
  | { readonly kind: 'constant'; readonly value: unknown }

/** The values of one variable: integers `min..max`, shown as booleans or names if so declared. */
export interface Scalar {
  readonly type: 'flag' | 'range' | 'oneOf'
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

/** The type of the values of a domain. */
export type ValueOf<D> = D extends Domain<infer V> ? V : never

/**
 * A boolean variable (one bit).
 * @param used false for a variable that a model does not need: it stays false and takes no bits.
 */
export function flag(used = true): Domain<boolean> {
  return { kind: 'scalar', scalar: { type: 'flag', min: 0, max: used ? 1 : 0, names: [] } }
}

/**
 * An integer variable, both ends included.
 * @throws RangeError when the ends are no integers, in the wrong order or over 2^31 values apart.
 */
export function range(min: number, max: number): Domain<number> {
  if (!Number.isInteger(min) || !Number.isInteger(max) || max < min || max - min >= 2 ** 31)
    throw new RangeError(`range(${min}, ${max}): needs integers, min <= max, under 2^31 values`)
  return { kind: 'scalar', scalar: { type: 'range', min, max, names: [] } }
}

/** A variable that holds one of the given names. @throws RangeError on no or a repeated name. */
export function oneOf<const N extends readonly string[]>(...names: N): Domain<N[number]> {
  if (names.length === 0 || new Set(names).size !== names.length)
    throw new RangeError(`oneOf(${names.join(', ')}): needs at least one name, each once`)
  return { kind: 'scalar', scalar: { type: 'oneOf', min: 0, max: names.length - 1, names } }
}

/** A fixed number of elements of one domain. */
export function list<V>(length: number, element: Domain<V>): Domain<V[]> {
  if (!Number.isInteger(length) || length < 0)
    throw new RangeError(`list(${length}): needs a length of 0 or more`)
  return { kind: 'list', length, element }
}

/** Named fields. */
export function record<F extends object>(fields: { [K in keyof F]: Domain<F[K]> }): Domain<F> {
  return { kind: 'record', fields }
}

/** A value that never changes (geometry, programs, switches): rules read it, it takes no bits. */
export function constant<const V>(value: V): Domain<V> {
  return { kind: 'constant', value }
}
