/** The fields of plain states, by their paths: `mm[0].pmd[1].writable`. */

/** The paths of all fields that differ between two states of one model. */
export function differingFields(before: unknown, after: unknown, path = ''): string[] {
  if (before === after) return []
  if (typeof after !== 'object' || after === null) return [path]
  const old = (before ?? {}) as Record<string, unknown>
  const isList = Array.isArray(after)
  const found: string[] = []
  for (const [key, field] of Object.entries(after)) {
    if (old[key] === field) continue
    const step = isList ? `[${key}]` : path === '' ? key : `.${key}`
    found.push(...differingFields(old[key], field, path + step))
  }
  return found
}

/** Every field of a plain state by its path. */
export function fieldsOf(state: object): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) fields.set(path, value)
    else
      for (const [key, field] of Object.entries(value)) {
        const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`
        visit(field, path + step)
      }
  }
  visit(state, '')
  return fields
}

/** The field at a path; undefined where there is none. */
export function fieldAt(state: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)?.[part], state)
}
