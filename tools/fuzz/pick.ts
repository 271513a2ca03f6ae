/** Choices by chance, and values that are wrong in every way that users have found. */
import type { Random } from '../../checker/simulate/random.js'

export function pick<T>(random: Random, among: readonly T[]): T {
  return among[random.below(among.length)]
}

/** True once in `n` times. */
export const oneIn = (random: Random, n: number): boolean => random.below(n) === 0

/** Texts that are no names, numbers or paths, or are strange ones. Never an absolute path. */
export const STRANGE: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '1e9',
  'NaN',
  'Infinity',
  '9007199254740993',
  '18446744073709551616',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'a,b',
  ',',
  '=',
  'x=',
  '=x',
  'nosuch',
  '--',
  '-',
  '--json',
  '{}',
  '[]',
  '"',
  "'",
  '`',
  '$(id)',
  '%s%n',
  '<b>x</b>',
  'a b',
  'a\nb',
  'a\u0000b',
  '\u001b[2Jx',
  '\u202egnp',
  '\ud800',
  '💥',
  'é',
  'x'.repeat(300),
]

/** Values of JSON that stand where another one should. */
export const JUNK: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  7,
  '',
  'x',
  '\u001b[31m',
  [],
  [[]],
  {},
  { a: 1 },
  [null],
  'childRuns',
  'linux',
]

/** Some values of a JSON document put elsewhere, taken away, or made something else. */
export function damaged(random: Random, value: unknown): unknown {
  if (oneIn(random, 6)) return pick(random, JUNK)
  if (Array.isArray(value)) {
    const list = [...value]
    const at = random.below(list.length + 1)
    if (at < list.length) {
      if (oneIn(random, 4)) list.splice(at, 1)
      else list[at] = damaged(random, list[at])
    } else list.push(value.length > 0 ? pick(random, value) : pick(random, JUNK))
    return list
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0 || oneIn(random, 8))
      return { ...value, [pick(random, STRANGE)]: pick(random, JUNK) }
    const [key, inner] = pick(random, entries)
    if (oneIn(random, 6)) return Object.fromEntries(entries.filter(([name]) => name !== key))
    return { ...value, [key]: damaged(random, inner) }
  }
  if (typeof value === 'number') return pick(random, [value + 1, -value, value * 1000, 0, 0.5])
  if (typeof value === 'string' && !oneIn(random, 3))
    return pick(random, [`${value}x`, value.slice(1), ...STRANGE])
  return pick(random, JUNK)
}

/** A text with a few characters changed. */
export function scratched(random: Random, text: string): string {
  let scratched = text
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(Math.min(scratched.length, 2 ** 20 - 1) + 1)
    const length = random.below(4)
    const other = oneIn(random, 3) ? '' : pick(random, STRANGE)
    scratched = scratched.slice(0, at) + other + scratched.slice(at + length)
  }
  return scratched
}
