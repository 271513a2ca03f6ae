/** Properties and situations of the user's own, from files: `--property FILE`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { forgetProperties } from '../../runs/fork-machine/own-properties.js'
import { readText } from '../../tools/docs/files.js'
import { forkcheck, temporaryFolder, write } from './command.js'

afterAll(forgetProperties)

/** The blocks of the guide, as files of a folder. */
function guide(): string {
  const cwd = temporaryFolder()
  const text = readText('docs/guide/your-own-properties.md')
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ''
  write(cwd, 'mine.mjs', block('js'))
  write(cwd, 'mine.json', block('json'))
  return cwd
}

const ONE = ['--scenario', 'mine.json', '--system', 'linux', '--property', 'mine.mjs']

describe('a file of properties', () => {
  const cwd = guide()

  test('is looked at beside the registered ones, and told as a story', async () => {
    const { code, out } = await forkcheck(['check', ...ONE], { cwd })
    expect(code).toBe(1)
    expect(out).toMatch(/^violated +childKeepsItsFrame/m)
    expect(out).toContain('While the child runs, page 0 is mapped in it.')
    expect(out).toContain('Page 0 of the child: frame -1')
    expect(out).toContain('--property mine.mjs')
  })

  test('has situations that a scenario asks for by name', async () => {
    const watch = ['--property', 'pageZeroIsCopied', '--witness', 'pageZeroIsCopied']
    const { code, out } = await forkcheck(['check', ...ONE, ...watch], { cwd })
    expect(code).toBe(0)
    expect(out).toContain('pageZeroIsCopied')
    const without = await forkcheck(['check', '--scenario', 'mine.json'], { cwd })
    expect(without.code).toBe(2)
    expect(without.err).toContain('reaches names pageZeroIsCopied')
  })

  test('is taken along to worker threads', async () => {
    const { code, out } = await forkcheck(
      ['check', ...ONE, '--system', 'async-fork', '--workers', '2'],
      { cwd },
    )
    expect(code).toBe(1)
    expect(out.match(/^violated +childKeepsItsFrame/gm)).toHaveLength(2)
  })

  test('is found by random walks; what is saved is replayed, explained and shrunk', async () => {
    const walks = ['--seed', '1', '--runs', '200', '--out', 'found']
    const { code } = await forkcheck(['simulate', ...ONE, ...walks], { cwd })
    expect(code).toBe(1)
    const [file] = (readdirSync(join(cwd, 'found'), { recursive: true }) as string[]).filter(
      (name) => name.endsWith('.cex.json'),
    )
    const path = join('found', file)
    for (const command of ['replay', 'explain', 'shrink']) {
      const ran = await forkcheck([command, path, '--property', 'mine.mjs'], { cwd })
      expect([command, ran.code, ran.err]).toEqual([command, 0, expect.any(String)])
      expect(ran.out).toContain('childKeepsItsFrame')
      const bare = await forkcheck([command, path], { cwd })
      expect([bare.code, bare.err]).toEqual([2, expect.stringContaining('--property FILE')])
    }
  })

  test('is verified in a certificate, whole or by name', async () => {
    const { code } = await forkcheck(['check', ...ONE, '--certificate', 'c.cert'], { cwd })
    expect(code).toBe(1)
    const named = ['--property', 'mine.mjs,childKeepsItsFrame']
    for (const given of [['--property', 'mine.mjs'], named]) {
      const verified = await forkcheck(['verify', 'c.cert', ...given], { cwd })
      expect(verified).toMatchObject({ code: 1, err: '' })
      expect(verified.out).toMatch(/^confirmed .*violates childKeepsItsFrame/)
    }
    const bare = await forkcheck(['verify', 'c.cert'], { cwd })
    expect([bare.code, bare.out]).toEqual([2, ''])
    expect(bare.err).toContain('reaches names pageZeroIsCopied')
  })

  test('is swept, and asked of mutants', async () => {
    const swept = await forkcheck(
      ['sweep', '--system', 'linux', '--sample', '3', '--few', '--property', 'mine.mjs', '--json'],
      { cwd },
    )
    expect([0, 1]).toContain(swept.code)
    const { code, out } = await forkcheck(['mutants', 'linux-no-flush', '--property', 'mine.mjs'], {
      cwd,
    })
    expect(code).toBe(0)
    expect(out).toContain('linux-no-flush')
    expect(out).toContain('--property mine.mjs')
  })
})

describe('a file that is not one is refused in one line', () => {
  const cwd = temporaryFolder()
  const holds = 'holds: () => true'
  const cases: readonly (readonly [string, string, string])[] = [
    ['nothing', 'export const x = 1', 'has no default export'],
    ['no list', 'export default 3', 'must be a list of properties'],
    ['an empty list', 'export default []', 'must be a list of properties'],
    ['no object', 'export default [3]', 'property 1'],
    ['no name', `export default [{ kind: 'always', ${holds} }]`, 'property 1: name is missing'],
    [
      'a name in two words',
      `export default [{ name: 'a b', kind: 'always', ${holds} }]`,
      'one word',
    ],
    ['no kind', `export default [{ name: 'mine', ${holds} }]`, 'property mine: kind is missing'],
    [
      'another kind',
      `export default [{ name: 'mine', kind: 'allways', ${holds} }]`,
      'property mine: kind: must be one of always, eventually, sometimes',
    ],
    [
      'an unknown field',
      `export default [{ name: 'mine', kind: 'always', ${holds}, hold: 1 }]`,
      'property mine: hold is not a field of a property',
    ],
    [
      'an async function',
      `export default [{ name: 'mine', kind: 'always', holds: async () => true }]`,
      'property mine: holds: must be an ordinary function',
    ],
    [
      'a generator',
      `export default [{ name: 'mine', kind: 'always', *holds() {} }]`,
      'property mine: holds: must be an ordinary function',
    ],
    [
      'an answer that is no truth',
      `export default [{ name: 'mine', kind: 'always', holds: () => 1 }]`,
      'mine: holds answers 1: true or false are allowed',
    ],
    [
      'a name twice',
      `const one = { name: 'mine', kind: 'always', ${holds} }\nexport default [one, one]`,
      'two properties called mine',
    ],
    [
      'a name that is taken',
      `export default [{ name: 'childRuns', kind: 'sometimes', ${holds} }]`,
      'two properties called childRuns',
    ],
    [
      'from without eventually',
      `export default [{ name: 'mine', kind: 'always', ${holds}, from: () => true }]`,
      'property mine: from is for eventually',
    ],
    ['a mistake in the text', 'export default [', 'cannot be loaded'],
    ['a function that throws', 'export default () => { throw null }', 'cannot be loaded'],
  ]
  // Modules are cached by the name of their file.
  test.each(cases)('%s', async (what, text, message) => {
    const file = `./${what.replaceAll(' ', '-')}.mjs`
    write(cwd, file, text)
    const { code, out, err } = await forkcheck(
      ['check', 'two-readers', '--system', 'linux', '--property', file],
      { cwd },
    )
    expect(err).toContain(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect([code, out]).toEqual([2, ''])
  })

  test('a file that is not there, or has another ending', async () => {
    for (const file of ['./none.mjs', './mine.txt']) {
      const { code, err } = await forkcheck(['check', 'two-readers', '--property', file], { cwd })
      expect([code, err]).toEqual([2, expect.stringContaining(file)])
    }
  })

  test('for a site, which holds the fork machine only', async () => {
    write(cwd, 'own.mjs', `export default [{ name: 'mine', kind: 'always', ${holds} }]`)
    const { code, err } = await forkcheck(['explore', '--property', './own.mjs', '--out', 'site'], {
      cwd,
    })
    expect([code, err]).toEqual([2, expect.stringContaining('./own.mjs')])
  })

  test('a file beside a model of the user’s own', async () => {
    write(cwd, 'mine.mjs', `export default [{ name: 'mine', kind: 'always', ${holds} }]`)
    const model = join(process.cwd(), 'docs/examples/starter/model.ts')
    const { code, err } = await forkcheck(['check', '--model', model, '--property', './mine.mjs'], {
      cwd,
    })
    expect([code, err]).toEqual([2, expect.stringContaining('./mine.mjs')])
  })
})
