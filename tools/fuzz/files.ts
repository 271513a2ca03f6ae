/** Files for the folder that is fuzzed in: good ones, and what chance makes of them. */
import type { Random } from '../../checker/simulate/random.js'
import { scenarios } from '../../model/index.js'
import { damaged, oneIn, pick, scratched } from './pick.js'

/** A file as a name and a text. */
export interface FuzzFile {
  readonly name: string
  readonly text: string
}

const SCENARIO = {
  format: 1,
  name: 'mine',
  pages: 2,
  vmas: [{ from: 0, to: 2 }],
  parent: [[{ do: 'fork' }, { do: 'write', page: 0 }], [{ do: 'read', page: 1 }]],
  child: [{ do: 'read', page: 0 }],
  kernel: [[{ do: 'swapOut', page: 1 }]],
  failures: { budget: 1 },
  kill: ['child'],
  options: { copiers: 2, faultLock: 'vma' },
  reaches: ['childRuns'],
}

const MUTANTS: readonly string[] = [
  "export default { name: 'mine', system: 'linux', scenario: 'protect', change: { forkFlush: null } }",
  "export default { name: 'mine', system: 'linux', scenario: 'protect', change: { forkFlush: { guard: () => true } } }",
  "export default { name: 'mine', system: 'async-fork', scenario: 'merge', change: { copyEntry: { effect: (s, t) => { s.thread[t].pc = 'copier.next' } } } }",
  "export default ({ helpers }) => ({ name: 'mine', system: 'linux', change: { fault: { unless: [() => helpers.nosuch()] } } })",
  "export default { name: 'mine', system: 'linux', add: [{ name: 'free', at: 'user', for: ['thread'], effect: (s, t) => { s.thread[t].pc = 'gone' } }] }",
  "export default { name: 'mine', system: 'linux', change: { zapPage: { effect: (s) => { s.nosuch.x = 1 } } } }",
  "export default { name: 'mine', system: 'linux', change: { zapPage: { guard: () => Math.random() < 0.5 } } }",
  "export default { name: 'mine', system: 'linux', change: { zapPage: { guard: async () => true } } }",
  'export default null',
  'export default async () => { throw new Error("\\u001b[2Jno") }',
  'throw null',
]

const MODEL = `import { Layout, flag, oneOf, range, record } from 'forkcheck/checker'
const layout = new Layout(record({ x: range(0, 3), pc: oneOf('a', 'b'), up: flag() }))
const rules = [
  { name: 'p.up', guard: (s) => s.x < 3, effect: (s) => { s.x++; s.up = true } },
  { name: 'q.down', guard: (s) => s.x > 0 && s.up, effect: (s) => { s.x--; s.up = false } },
  { name: 'q.go', guard: (s) => s.pc === 'a', effect: (s) => { s.pc = 'b' } },
]
const properties = [
  { name: 'small', kind: 'always', says: 'x is at most 2', holds: (s) => s.x <= 2 },
  { name: 'goes', kind: 'eventually', says: 'pc is b', holds: (s) => s.pc === 'b' },
  { name: 'up', kind: 'sometimes', says: 'it goes up', holds: (s) => s.up },
]
export default {
  name: 'mine', layout, init: [{ x: 0, pc: 'a', up: false }], rules, properties, final: (s) => s.x === 3,
}
`

/** Words of a model file, and what is put in their place. */
const WORDS: readonly (readonly [string, readonly string[]])[] = [
  ["'always'", ["'Always'", "'allways'", 'null', "'sometimes'"]],
  [
    '(s) => s.x <= 2',
    [
      'async () => true',
      '() => 1',
      '() => undefined',
      '() => { throw null }',
      '3',
      '(s) => s.y > 1',
      'function* () {}',
    ],
  ],
  [
    's.x < 3',
    ['true', 's.y < 3', 's.x', 'Math.random() < 2', 's.x < 3n', '(() => { throw undefined })()'],
  ],
  [
    's.x++',
    [
      's.x = 9',
      's.y = 1',
      's.x = -1',
      "s.pc = 'c'",
      's = null',
      'delete s.x',
      's.x = NaN',
      "s.x = '1'",
    ],
  ],
  ['x: 0, pc', ['x: 7, pc', 'x: 0, y: 1, pc', 'pc', 'x: null, pc']],
  ["name: 'q.go'", ["name: 'p.up'", "name: ''", 'name: 3', "name: 'a\\u001b[2J'", "name: '<b>'"]],
  ['range(0, 3)', ['range(3, 0)', 'range(0, NaN)', 'range(0, 1e12)', "range('a')", 'null']],
  ["oneOf('a', 'b')", ["oneOf('a', 'a')", 'oneOf()', "oneOf('a')"]],
  ["name: 'mine'", ['name: null', "name: ''", "nmae: 'mine'", "name: '\\n'"]],
  [
    'export default {',
    [
      'export default async () => ({',
      'export const model = {',
      'export default [',
      'export default null; ({',
    ],
  ],
  ['properties,', ['properties: 3,', 'properties: [], colour: 1,', 'properties: [null],', '']],
]

/** One of the files that a command may be given, made anew. */
export function fuzzFile(random: Random, good: readonly FuzzFile[]): FuzzFile {
  switch (random.below(6)) {
    case 0:
      return scenarioFile(random)
    case 1:
      return { name: 'mutant.mjs', text: mutantText(random) }
    case 2:
      return { name: pick(random, ['model.ts', 'model.mjs', 'model.js']), text: modelText(random) }
    case 3:
      return {
        name: 'any.json',
        text: scratched(random, JSON.stringify(damaged(random, SCENARIO))),
      }
    default:
      return damagedFile(random, pick(random, good))
  }
}

function scenarioFile(random: Random): FuzzFile {
  const { says, ...standard } = pick(random, scenarios)
  const input = oneIn(random, 2) ? SCENARIO : { ...standard, format: 1 }
  return { name: 'scenario.json', text: JSON.stringify(damaged(random, input)) }
}

function mutantText(random: Random): string {
  const text = pick(random, MUTANTS)
  return oneIn(random, 3) ? scratched(random, text) : text
}

function modelText(random: Random): string {
  let text = MODEL
  for (let left = random.below(3); left > 0; left--) {
    const [word, others] = pick(random, WORDS)
    text = text.replace(word, () => pick(random, others))
  }
  return oneIn(random, 5) ? scratched(random, text) : text
}

/** A counterexample, a certificate, a checkpoint: what the product itself has written. */
function damagedFile(random: Random, { name, text }: FuzzFile): FuzzFile {
  if (!name.endsWith('.json') || oneIn(random, 3)) return { name, text: scratched(random, text) }
  try {
    return { name, text: JSON.stringify(damaged(random, JSON.parse(text))) }
  } catch {
    return { name, text: scratched(random, text) }
  }
}
