/** One text for one value: what files and their names are made of. */

/** JSON with sorted keys at every level, two spaces deep, ending in a newline. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`
}

/** JSON with sorted keys at every level, on one line. Fields that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

/** Eight hexadecimal digits that distinguish values in file names: FNV-1a, 32 bits, of the JSON. */
export function hash8(value: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(canonicalJson(value)))
    hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => (x < y ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  )
}
