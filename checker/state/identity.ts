/**
 * A text that two models share only if they are the same: their variables with all constants, and
 * what rules, properties and the functions they call say. Functions are compared by their text.
 */

import type { Model } from '../model.js'
import type { Layout } from './layout.js'

export function identityOf<S>(model: Model<S>): string {
  const { name, layout, init, ranges, rules, properties, vocabulary, scopes, final } = model
  const initial = init.map((state) => layout.decode(layout.encode(state)))
  const declared = declarationOf(layout)
  const parts = { name, declared, initial, ranges, rules, properties, vocabulary, scopes, final }
  return JSON.stringify(parts, (_, value) => {
    if (typeof value === 'function') return String(value)
    if (value instanceof Set || value instanceof Map) return [...value]
    return value
  })
}

/** The declarations as data: two layouts with equal declarations have the same states. */
export function declarationOf({ leaves }: Pick<Layout<never>, 'leaves'>): unknown {
  return leaves.map(({ path, dims, scalar }) => [path, dims, scalar])
}
