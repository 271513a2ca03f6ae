/** Every mistake of the user is one line on stderr that names it, exit code 2, and nothing else. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forkcheck, lines, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()
mkdirSync(join(folder, 'folder.json'))
mkdirSync(join(folder, 'empty'))

const file = (name: string, text: string) => write(folder, name, text)
file('broken.json', '{')
file('list.json', '[]')
file('newer.json', '{"format": 2}')
file('foreign.itf.json', '{"vars": ["x"], "states": [{"x": 1}]}')
file('unknown-field.json', '{"format": 1, "name": "x", "colour": 1}')
file('none.mjs', 'export const x = 1')
file('syntax.mjs', 'export default {')
file('throws.mjs', "throw new Error('two\\nlines')")
file('number.mjs', 'export default 3')
const mutant = (name: string, body: string) =>
  file(name, `export default { name: 'mine', ${body} }`)
mutant('rule.mjs', "system: 'linux', change: { forkFlushh: null }")
mutant('system.mjs', "system: 'lnux'")
mutant('nameless.mjs', 'change: {}')
mutant('field.mjs', "system: 'linux', change: { forkFlush: { efect: () => {} } }")
mutant('type.mjs', "system: 'linux', change: { forkFlush: { effect: 3 } }")
mutant('extra.mjs', "system: 'linux', chnage: {}")
mutant('place.mjs', "system: 'linux', add: [{ name: 'x', at: 'usr', effect: () => {} }]")
mutant('range.mjs', "system: 'linux', add: [{ name: 'x', for: ['y'], effect: () => {} }]")
mutant('twice.mjs', "system: 'linux', add: [{ name: 'fork', for: ['thread'], effect: () => {} }]")
mutant('good.mjs', "system: 'linux'")
const before = readdirSync(folder)

const cases: readonly (readonly [string, string | RegExp])[] = [
  ['chek', /^unknown command 'chek' \(Did you mean check\?\)/],
  ['check nosuch', 'unknown scenario nosuch: see forkcheck list scenarios'],
  ['check bgsav', 'unknown scenario bgsav: did you mean bgsave? see forkcheck list scenarios'],
  ['check mine.json', 'unknown scenario mine.json: a file is given as --scenario mine.json'],
  ['check --system lnux', /^unknown system lnux: known are linux, async-fork/],
  ['check --mutant linux-no-flsh', /^unknown mutant linux-no-flsh: did you mean linux-no-flush\?/],
  ['check --property x', 'unknown property x: see forkcheck list properties'],
  ['check --property ,', '--property ,: must be names, joined by commas'],
  ['check --witness noDeadlock', /^--witness noDeadlock: must always hold/],
  ['check --max-states -1', '--max-states -1: must be a whole number of 1 or more'],
  ['check --max-states 1.5', '--max-states 1.5: must be a whole number of 1 or more'],
  ['check --max-states 1e3', '--max-states 1e3: must be a whole number of 1 or more'],
  ['check --max-depth -1', '--max-depth -1: must be a whole number of 0 or more'],
  ['check --time soon', /^--time soon: must be a time above 0/],
  ['check --time -5s', /^--time -5s: must be a time above 0/],
  ['check --time 0s', /^--time 0s: must be a time above 0/],
  ['check --workers two', '--workers two: must be a whole number of 1 or more'],
  ['check --workers 0', '--workers 0: must be a whole number of 1 or more'],
  ['check --nonsense', "unknown option '--nonsense'"],
  ['check --scenario no.json', 'no.json: no such file'],
  ['check --scenario broken.json', /^broken\.json: not JSON: /],
  ['check --scenario list.json', 'list.json: a scenario is a JSON object'],
  ['check --scenario newer.json', 'newer.json: format is 2: this version reads format 1'],
  ['check --scenario folder.json', 'folder.json: a directory, not a file'],
  ['check --scenario unknown-field.json', /^unknown-field\.json: /],
  ['check --mutant no.mjs', 'no.mjs: no such file'],
  ['check --mutant folder.json', 'folder.json: a mutant file ends in .mjs or .js'],
  ['check --mutant none.mjs', /^none\.mjs: has no default export/],
  ['check --mutant syntax.mjs', /^syntax\.mjs:1: cannot be loaded: /],
  ['check --mutant throws.mjs', /^throws\.mjs:\d+: cannot be loaded: two lines$/],
  ['check --mutant number.mjs', 'number.mjs: the default export must be a mutant: an object'],
  [
    'check --mutant rule.mjs',
    /^rule\.mjs:1: .*no rule or hook forkFlushh; did you mean forkFlush\?/,
  ],
  ['check --mutant system.mjs', /^system\.mjs:1: unknown system lnux: known are linux/],
  ['check --mutant nameless.mjs', 'nameless.mjs: system is missing'],
  ['check --mutant field.mjs', /^field\.mjs:1: change\.forkFlush\.efect is not a field/],
  ['check --mutant type.mjs', 'type.mjs:1: change.forkFlush.effect: must be a function'],
  ['check --mutant extra.mjs', /^extra\.mjs:1: chnage is not a field of a mutant: .*change, .*add/],
  ['check --mutant place.mjs', /^place\.mjs:1: add\.0\.at: must be one of the PLACES/],
  ['check --mutant range.mjs', /^mutant mine: rule x: .*no parameter range y/],
  ['check --mutant twice.mjs', /^mutant mine: .*two actions are called parent\.fork$/],
  ['check --mutant good.mjs --system async-fork', /^--system async-fork: .* is one of linux$/],
  ['check --mutant linux-no-flush --system async-fork', /^--system async-fork: /],
  ['check --out broken.json', '--out broken.json: not a directory'],
  ['simulate nosuch', 'unknown scenario nosuch: see forkcheck list scenarios'],
  ['simulate --strategy dfs', '--strategy dfs: must be one of random, pct, fewest-preemptions'],
  ['simulate --seed x', /^--seed x: must be a whole number from 0 to 2\^64 - 1, such as/],
  ['simulate --seed 18446744073709551616', /^--seed 18446744073709551616: must be a whole number/],
  ['simulate --seed -1', /^--seed -1: must be a whole number/],
  ['simulate --runs 0', '--runs 0: must be a whole number of 1 or more'],
  ['simulate --run 3 --runs 4', '--run is one walk, --runs many: give one of them'],
  ['simulate --depth 2', '--depth: not for --strategy random, only pct'],
  ['simulate --max-states 2', '--max-states: not for --strategy random, only fewest-preemptions'],
  [
    'simulate --strategy fewest-preemptions --seed 1',
    '--seed: not for --strategy fewest-preemptions, only random, pct',
  ],
  ['mutants nosuch', 'unknown mutant nosuch: see forkcheck list mutants'],
  ['mutants --out broken.json', '--out broken.json: not a directory'],
  ['replay no.json', 'no.json: no such file'],
  ['replay folder.json', 'folder.json: a directory, not a file'],
  ['replay broken.json', /^broken\.json: not JSON: /],
  ['replay list.json', 'list.json: a counterexample is a JSON object'],
  ['replay newer.json', /^newer\.json: format is 2: written by a newer forkcheck/],
  ['replay', "missing required argument 'file'"],
  ['explain broken.json', /^broken\.json: not JSON: /],
  [
    'explain broken.json --format x',
    /^--format x: no such format: text, html, picture, mermaid, itf, dot, svg, json/,
  ],
  ['explain foreign.itf.json', /^foreign\.itf\.json: this trace was not written by forkcheck/],
  ['corpus', 'corpus: a part is missing: check, list, add, update and review are allowed'],
  ['corpus show', 'corpus: unknown part show: check, list, add, update and review are allowed'],
  ['corpus add', "missing required argument 'file'"],
  ['corpus add no.json', 'no.json: no such file'],
  ['corpus add list.json', 'list.json: a counterexample is a JSON object'],
  ['corpus update --rename x', '--rename x: must be the old and the new name of a rule: old=new'],
  ['corpus update empty', 'empty: no counterexample files (.cex.json)'],
  [
    'corpus review --format html',
    '--format html: no such format: text, markdown, json are allowed',
  ],
  ['shrink no.json', 'no.json: no such file'],
  ['shrink broken.json', /^broken\.json: not JSON: /],
  ['shrink list.json --max-states 0', '--max-states 0: must be a whole number of 1 or more'],
  ['corpus check nosuch', 'nosuch: no such directory'],
  ['corpus check empty', 'empty: no counterexample files (.cex.json)'],
  ['corpus list broken.json', 'broken.json: a file, not a directory'],
  ['list', /^list what: allowed are systems, /],
  ['list foo', /^list foo: allowed are systems, /],
  ['list systems more', /^too many arguments/],
  ['list actions --system x', /^unknown system x: known are /],
]

describe('bad input', () => {
  test.each(cases)('forkcheck %s', async (command, message) => {
    const argv = command === '' ? [] : command.split(' ')
    const { code, out, err } = await forkcheck(argv, { cwd: folder })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(lines(err)).toHaveLength(1)
    const said = lines(err)[0].replace(/^forkcheck: /, '')
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
    expect(readdirSync(folder)).toEqual(before)
  })
})
