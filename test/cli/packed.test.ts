/** The pack of the command line: the same modules, whose functions have the same texts. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { loaderOf, packedBuild, withHead } from '../../cli/packed.js'
import { sourcesDigest } from '../../cli/stale-build.js'
import { pack } from '../../tools/pack.js'
import { temporaryFolder, write } from './command.js'

const built = join(packageRoot(), 'dist')
/** Where its modules find packages. */
const file = join(built, 'cli/packed-modules.js')

/** Packs modules of a folder of their own, by their names. */
function packOf(modules: Readonly<Record<string, string>>, ...first: readonly string[]) {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(modules)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    write(folder, name, text)
  }
  return loaderOf(pack(folder, first), join(folder, 'cli/packed-modules.js'))
}

describe('all forms of imports and exports', () => {
  const load = packOf(
    {
      'a.js': `
        import { join as joined } from 'node:path'
        import * as all from './b.js'
        import table, { sum } from './in/c.js'
        export { one as first } from './b.js'
        export * from './in/c.js'
        export * as again from './b.js'
        export const path = joined('x', 'y'), keys = Object.keys(all)
        export const { length } = keys
        /** Not in the pack. */
        export function added(s) { return sum(s.x, 1) /* stays */ }
        export default class Own { static of = table }
        export const later = () => import('./in/c.js')
        export const here = () => import.meta.url`,
      'b.js': `const two = 2
        export const z = 1
        export { two as one }`,
      'in/c.js': `export const sum = (a, b) => a + b
        export default { sum }`,
    },
    'a.js',
  )
  const a = load('a.js')
  test('each name has its value', async () => {
    expect(a).toMatchObject({ first: 2, path: 'x/y', keys: ['one', 'z'], length: 2 })
    expect(a.again).toBe(load('b.js'))
    expect(a.sum).toBe(load('in/c.js').sum)
    expect((a.default as { of: unknown }).of).toBe(load.default('in/c.js'))
    expect(await (a.later as () => unknown)()).toBe(load('in/c.js'))
    expect((a.here as () => string)()).toMatch(/^file:.*\/a\.js$/)
  })
  test('names are in order, and texts as they were', () => {
    expect(Object.keys(a)).toEqual(Object.keys(a).sort())
    expect(String(a.added)).toBe('function added(s) { return sum(s.x, 1) /* stays */ }')
  })
  test('a package has its own default', () => {
    expect(load.default('node:path')).toBe(load('node:path'))
  })
  test('an exported variable that may change is refused', () => {
    expect(() => packOf({ 'a.js': 'export let x = 1' }, 'a.js')).toThrow('a.js: exports a variable')
  })
})

const url = (name: string) => JSON.stringify(pathToFileURL(join(built, name)).href)

const packedFile = join(temporaryFolder(), 'packed.js')
const first = ['cli/command-line.js', 'checker/index.js', 'runs/setup-model.js']
writeFileSync(packedFile, pack(built, first))

/** Runs a script with built modules from a pack, then as they stand. @returns what both give. */
function both(script: string, args: readonly string[] = []) {
  const packed = `
    const { readFileSync } = await import('node:fs')
    const { loaderOf } = await import(${url('cli/packed.js')})
    const load = loaderOf(readFileSync(${JSON.stringify(packedFile)}, 'utf8'), ${JSON.stringify(file)})`
  const plain = `const load = (name) => import(${url('.')} + '/' + name)`
  return [packed, plain].map((loading) => {
    const all = ['--input-type=module', '-e', loading + script, '', ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' })
    return { status, stderr, stdout: stdout.replace(/"(seconds|statesPerSecond)": [\d.]+/g, '') }
  })
}

test('models are the same, to the text of each rule and of what it names', () => {
  const [packed, plain] = both(`
    const { createHash } = await import('node:crypto')
    const { identityOf } = await load('checker/index.js')
    const { modelOf } = await load('runs/setup-model.js')
    const { forkMachine } = await load('runs/fork-machine/subject.js')
    for (const system of forkMachine.systems) {
      const identity = identityOf(modelOf({ system, scenario: forkMachine.scenarios[0] }))
      console.log(system.name, createHash('sha256').update(identity).digest('hex'))
    }`)
  expect(packed).toEqual(plain)
  expect(packed.stdout).toMatch(/^linux [0-9a-f]{64}$/m)
})

// A file of the user's own, which is imported.
const cwd = temporaryFolder()
const mutant = "{ system: 'linux', scenario: 'bgsave', change: { faultShared: null } }"
const mine = join(cwd, write(cwd, 'mine.mjs', `export default ${mutant}`))

test.each([
  [['check', '--mutant', mine, '--system', 'linux', '--max-states', '40', '--json'], 3],
  [['check', 'two-writers', '--mutant', 'linux-no-flush', '--digest', '--json'], 1],
  [['export', 'bgsave', '--system', 'async-fork', '--to', 'promela'], 0],
  [['simulate', 'bgsave', '--system', 'linux', '--runs', '5', '--seed', '1', '--json'], 0],
] as const)('a command prints the same: %j', (args, status) => {
  const [packed, plain] = both(
    `
    await (await load('cli/command-line.js')).main()`,
    args,
  )
  expect(packed).toEqual(plain)
  expect(packed).toMatchObject({ status, stderr: '' })
})

test('a pack is not used once a source has changed, or when it cannot be read', () => {
  const root = temporaryFolder()
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    write(root, name, text)
    return join(root, name)
  }
  put('tsconfig.build.json', '')
  const source = put('model/state.ts', '1')
  const modules = "({ 'cli/command-line.js'() { return { main() {} } } })"
  put('dist/model/state.js', '')
  const digest = sourcesDigest(root)
  const packed = put('dist/cli/packed-modules.js', withHead(digest, modules))
  expect(packedBuild(packed, root)).not.toBeNull()
  expect(packedBuild(join(root, 'missing.js'), root)).toBeNull()
  utimesSync(source, 1, 1)
  expect(packedBuild(packed, root)).toBeNull()
  rmSync(join(root, 'tsconfig.build.json'))
  expect(packedBuild(packed, root)).not.toBeNull()
})
