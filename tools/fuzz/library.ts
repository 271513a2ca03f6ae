/** Models as values, damaged, given to the functions of the library. */
import { check, type Model, ModelError, NondeterminismError } from '../../checker/index.js'
import type { Random } from '../../checker/simulate/random.js'
import { flag, Layout, range, record } from '../../checker/state/layout.js'
import { JUNK, oneIn, pick } from './pick.js'

const FUNCTIONS: readonly unknown[] = [
  () => true,
  () => 1,
  async () => true,
  function* () {},
  () => {
    throw null
  },
  () => {
    throw new Error('no')
  },
  (s: { nosuch: { x: number } }) => s.nosuch.x === 1,
  (s: { x: number }) => {
    s.x = 99
  },
]

function good(): Record<string, unknown> {
  return {
    name: 'mine',
    layout: new Layout(record({ x: range(0, 3), up: flag() })),
    init: [{ x: 0, up: false }],
    ranges: { by: { values: [1, 2], labels: ['one', 'two'] } },
    rules: [
      {
        name: 'up',
        for: ['by'],
        guard: (s: { x: number }, by: number) => s.x + by <= 3,
        effect: (s: { x: number }, by: number) => {
          s.x += by
        },
      },
    ],
    properties: [
      { name: 'small', kind: 'always', says: 'x', holds: (s: { x: number }) => s.x <= 3 },
    ],
    final: (s: { x: number }) => s.x >= 2,
  }
}

/** Puts something else in one place of a model, at any depth. */
function spoiled(random: Random, value: unknown): unknown {
  if (typeof value === 'function' || oneIn(random, 5))
    return pick(random, oneIn(random, 2) ? FUNCTIONS : JUNK)
  if (Array.isArray(value) && value.length > 0) {
    const at = random.below(value.length)
    return value.map((one, i) => (i === at ? spoiled(random, one) : one))
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Layout)) {
    const [key, inner] = pick(random, Object.entries(value))
    if (oneIn(random, 6)) return { ...value, [key]: undefined }
    if (oneIn(random, 6)) return { ...value, [`${key}s`]: inner }
    return { ...value, [key]: spoiled(random, inner) }
  }
  return pick(random, JUNK)
}

/** Options of a search, each right or wrong. */
function options(random: Random): object {
  const number = () => pick(random, [1, 10, 0, -1, Number.NaN, 1.5, '7', null, 2 ** 53])
  const one = pick(random, ['maxStates', 'maxDepth', 'maxBytes', 'properties', 'colour', 'graph'])
  return oneIn(random, 2) ? {} : { [one]: oneIn(random, 2) ? number() : pick(random, JUNK) }
}

/**
 * Checks a damaged model.
 * @returns what is wrong with how it went: an error that does not say what the model has; or null.
 */
export function fuzzLibrary(random: Random): string | null {
  const model = spoiled(random, good()) as Model<unknown>
  try {
    check(model, options(random))
    return null
  } catch (error) {
    if (error instanceof ModelError || error instanceof NondeterminismError) return null
    if (!(error instanceof Error)) return `check throws ${String(error)}`
    const { name, message } = error
    return /^(Type|Reference|Syntax|Range)Error$/.test(name)
      ? `check throws ${name}: ${message}`
      : null
  }
}
