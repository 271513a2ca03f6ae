/** Programs that are kept from run to run: with them, and with broken ones, results are the same. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forkcheck, type Ran, temporaryFolder, write } from './command.js'

const SOUND = ['check', 'two-writers', '--system', 'linux', '--digest', '--json']
const VIOLATED = ['check', '--mutant', 'linux-no-flush', '--digest', '--json', '--no-shrink']

interface Cache {
  readonly run: (argv: readonly string[], build?: string) => Promise<Ran>
  /** The files of a build, by default the first one. */
  readonly files: (build?: string) => string[]
}

function newCache(): Cache {
  const folder = temporaryFolder()
  const of = (build: string) => join(folder, 'forkcheck', `programs-${build}`)
  return {
    run: async (argv, build = 'one') => {
      const ran = await forkcheck(argv, { build, env: { XDG_CACHE_HOME: folder } })
      return { ...ran, out: withoutTimes(ran.out) }
    },
    files: (build = 'one') =>
      existsSync(of(build)) ? readdirSync(of(build)).map((name) => join(of(build), name)) : [],
  }
}

function withoutTimes(out: string): string {
  return out.replace(/"(seconds|statesPerSecond)": [\d.]+/g, '')
}

test.each([SOUND, VIOLATED])(
  'the first run keeps a program, the second uses it: %s %s',
  async (...argv) => {
    const { run, files } = newCache()
    const plain = await forkcheck(argv)
    const first = await run(argv)
    const [file, ...others] = files()
    expect(others).toEqual([])
    const { ino } = statSync(file)
    const second = await run(argv)
    expect(statSync(file).ino).toBe(ino)
    expect(first).toEqual({ ...plain, out: withoutTimes(plain.out) })
    expect(second).toEqual(first)
  },
)

test('a program is looked for by all that makes a model', async () => {
  const { run, files } = newCache()
  await run(SOUND)
  await run([...SOUND, '--property', 'childSeesForkTimeMemory'])
  await run(['check', 'two-writers', '--system', 'async-fork'])
  await run(['check', 'two-writers', '--mutant', 'linux-no-flush'])
  expect(files()).toHaveLength(4)
})

test('a file that is cut or changed is not used, and written anew', async () => {
  const { run, files } = newCache()
  const first = await run(SOUND)
  const [file] = files()
  const text = readFileSync(file, 'utf8')
  for (const broken of ['', text.slice(0, -1), text.replace('return n', 'return 0'), '\n{}']) {
    writeFileSync(file, broken)
    expect(await run(SOUND)).toEqual(first)
    expect(readFileSync(file, 'utf8')).toBe(text)
  }
})

test('a folder that others may write to is not used', async () => {
  const { run, files } = newCache()
  const first = await run(SOUND)
  const [file] = files()
  writeFileSync(file, 'theirs')
  chmodSync(join(file, '..'), 0o777)
  expect(await run(SOUND)).toEqual(first)
  expect(readFileSync(file, 'utf8')).toBe('theirs')
})

test('another build keeps its own, and drops those of others', async () => {
  const { run, files } = newCache()
  await run(SOUND)
  await run(SOUND, 'two')
  expect([files('one'), files('two')].map(({ length }) => length)).toEqual([0, 1])
})

test('without a folder, or with files of the own, nothing is kept', async () => {
  const { run, files } = newCache()
  const folder = temporaryFolder()
  const { out } = await forkcheck(['scenario', 'two-writers'])
  const own = join(folder, write(folder, 'own.json', out.replace('"two-writers"', '"own"')))
  await run(['check', '--scenario', own, '--system', 'linux'])
  expect(files()).toEqual([])
  const env = { XDG_CACHE_HOME: join(folder, 'own.json') }
  expect(await forkcheck(SOUND, { build: 'one', env })).toMatchObject({ code: 0, err: '' })
  mkdirSync(join(folder, 'empty'))
  await forkcheck(SOUND, { env: { XDG_CACHE_HOME: join(folder, 'empty') } })
  expect(readdirSync(join(folder, 'empty'))).toEqual([])
})
