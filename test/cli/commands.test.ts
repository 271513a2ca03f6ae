/** The other commands, and the executable as a process. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EXAMPLES, EXIT_CODES } from '../../cli/help.js'
import { packageRoot, packageVersion } from '../../cli/package.js'
import { programFor, run } from '../../cli/program.js'
import { mutants, scenarios, soundSystems, systems } from '../../model/index.js'
import { forkcheck, lines, temporaryFolder, write } from './command.js'

describe('mutants', () => {
  test('the kill matrix has the agreed fields', async () => {
    const { code, out } = await forkcheck(['mutants', 'linux-no-flush', '--json'])
    const document = JSON.parse(out)
    expect(code).toBe(0)
    const { seconds, ...line } = document.mutants[0]
    expect(document).toEqual({ format: 1, mutants: [{ seconds, ...line }] })
    expect(seconds).toBeTypeOf('number')
    expect(line).toEqual({
      name: 'linux-no-flush',
      system: 'linux',
      origin: 'confirmed',
      source: expect.any(String),
      breaks: expect.arrayContaining(['noStaleTranslation']),
      scenario: 'two-writers',
      caught: true,
      property: 'noStaleTranslation',
      steps: 19,
      switches: 2,
      soundTwinHolds: true,
    })
  })
  test('as a table', async () => {
    const { code, out } = await forkcheck(['mutants', 'linux-no-flush'])
    expect(code).toBe(0)
    expect(out).toMatch(/\nlinux-no-flush +linux +two-writers +caught +noStaleTranslation +19 +2 /)
    expect(out).toContain('\n1 of 1 mutants caught, 1 of 1 sound twins hold\n\nviolated  childSees')
    expect(out).toContain('\nalso      noStaleTranslation, since step 12\n')
  })
  test('3 when time runs out', async () => {
    const { code } = await forkcheck(['mutants', 'linux-no-flush', '--time', '1ms'])
    expect(code).toBe(3)
  })
})

describe('list', () => {
  test.each([
    ['systems', systems.length],
    ['scenarios', scenarios.length],
    ['mutants', mutants.length],
  ])('%s', async (what, count) => {
    const { code, out } = await forkcheck(['list', what, '--json'])
    const document = JSON.parse(out)
    expect({ code, format: document.format }).toEqual({ code: 0, format: 1 })
    expect(document[what]).toHaveLength(count)
    expect(lines((await forkcheck(['list', what])).out)).toHaveLength(count + 1)
  })
  test('properties, of one system', async () => {
    const { out } = await forkcheck(['list', 'properties', '--system', 'linux', '--json'])
    const { properties } = JSON.parse(out) as { properties: { name: string; systems: string[] }[] }
    const names = properties.map((p) => p.name)
    expect(names).toContain('noDeadlock')
    expect(names).not.toContain('parentSynchronises')
    expect(properties.every((p) => p.systems.includes('linux'))).toBe(true)
  })
  test('actions', async () => {
    const { out } = await forkcheck(['list', 'actions', '--system', 'linux'])
    expect(out).toMatch(/\nforkFlush +linux +fork\.\w+ /)
    expect(out).toMatch(/\nforkTable +linux +fork\.table +fork\.lock /)
  })
  test('routines, of the kernel and of one system, with the facts of their places', async () => {
    const { out } = await forkcheck(['list', 'routines', '--system', 'async-fork', '--json'])
    const { routines } = JSON.parse(out) as { routines: { name: string; system: string }[] }
    const found = (name: string) => routines.find((routine) => routine.name === name)
    expect(found('munmap')).toMatchObject({ system: 'all', says: 'Unmaps a range.' })
    const facts = expect.arrayContaining(['copies', 'spinsChild', 'spinsParent'])
    expect(found('copyTable')).toMatchObject({
      system: 'async-fork',
      places: { 'copyTable.copy': facts },
    })
    expect(found('share')).toBeUndefined()
  })
})

test('start checks some scenarios and shows a flaw, in at most 40 lines', async () => {
  const { code, out } = await forkcheck(['start', 'bgsave', 'copier-fails'])
  expect(code).toBe(0)
  for (const { name } of soundSystems)
    expect(out).toMatch(new RegExp(`^${name} +2 +[0-9,]+ +holds$`, 'm'))
  expect(out).toContain(`2 of ${scenarios.length} standard scenarios, every interleaving, in `)
  expect(out).toContain('\nviolated  childSeesForkTimeMemory   15 steps, 2 switches\n')
  expect(out).toContain('In unmodified linux, ')
  expect(out).toContain('\nnext      npx forkcheck check two-writers ')
  expect(lines(out).length).toBeLessThanOrEqual(40)
})

test('--version and --help are results', async () => {
  expect(await forkcheck(['--version'])).toEqual({ code: 0, out: `${packageVersion()}\n`, err: '' })
  const { code, out } = await forkcheck(['check', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('--max-states <n>')
})

/** A program that does nothing, with all commands. */
function emptyProgram() {
  const io = { stdout: { write() {} }, stderr: { write() {} }, env: {}, cwd: '.' }
  return programFor([], { ...io, signal: AbortSignal.abort() }, () => {})
}

test('every command prints its help, and so does every part of one', async () => {
  const program = await emptyProgram()
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter(({ parent }) => parent)
  expect(commands.length).toBeGreaterThan(15)
  const names = commands.flatMap((command) => [
    command.name(),
    ...command.commands.map((part) => `${command.name()} ${part.name()}`),
  ])
  for (const name of names) {
    const help = await forkcheck([...name.split(' '), '--help'])
    expect(help, name).toMatchObject({ code: 0, err: '' })
    expect(help.out, name).toMatch(new RegExp(`^Usage: forkcheck ${name} `))
    expect(help.out, name).toMatch(
      /\nExamples:\n {2}# .*\n {2}forkcheck [\s\S]*\nExit codes:\n {2}0 /,
    )
  }
  expect(Object.keys(EXAMPLES).sort()).toEqual(['', ...names].sort())
})

test('forkcheck alone prints its help', async () => {
  const bare = await forkcheck([])
  expect(bare).toEqual(await forkcheck(['--help']))
  expect(bare.code).toBe(0)
})

test('the examples of the help have commands, options and names that there are', async () => {
  const known = [...mutants, ...scenarios, ...systems].map(({ name }) => name)
  const named = ['start', 'check', 'simulate', 'mutants', 'prove', 'explore', 'export']
  for (const [line] of Object.values(EXAMPLES).flat()) {
    let words = line.split(' ')
    let command = await emptyProgram()
    for (;;) {
      const next = command.commands.find((one) => one.name() === words[0])
      if (!next) break
      command = next
      words = words.slice(1)
    }
    const { unknown, operands } = command.parseOptions(words)
    expect(unknown, line).toEqual(words.includes('--help') ? ['--help'] : [])
    const given = ['system', 'mutant'].flatMap((option) => command.getOptionValue(option) ?? [])
    const places = named.includes(command.name()) ? operands : []
    for (const word of [...given, ...places])
      if (!/\.m?js/.test(word)) expect(known, line).toContain(word)
  }
})

test('the documentation has the exit codes that the help has', () => {
  const page = readFileSync(join(packageRoot(), 'docs/reference/commands.md'), 'utf8')
  for (const [code, says] of Object.entries(EXIT_CODES))
    expect(page).toContain(`| ${code} | ${says} |\n`)
})

describe('4', () => {
  test('for a mistake in forkcheck, the stack only on demand', async () => {
    const broken = {
      stdout: {
        write() {
          throw new Error('the pipes have burst')
        },
      },
      cwd: process.cwd(),
      signal: new AbortController().signal,
    }
    let err = ''
    const stderr = { write: (text: string) => (err += text) }
    expect(await run(['list', 'systems'], { ...broken, stderr, env: {} })).toBe(4)
    expect(err).toBe('forkcheck: internal error: the pipes have burst\n')
    await run(['list', 'systems'], { ...broken, stderr, env: { FORKCHECK_DEBUG: '1' } })
    expect(err).toMatch(/\n {4}at /)
  })
  test('for a mutant that throws dice', async () => {
    const folder = temporaryFolder()
    const effect = "(s, t) => { s.thread[t].pc = dice++ % 2 ? 'fork.unlock' : 'fork.failed' }"
    write(
      folder,
      'dice.mjs',
      `let dice = 0
       export default { system: 'linux', change: { forkFlush: { effect: ${effect} } } }`,
    )
    const { code, err } = await forkcheck(['check', 'protect', '--mutant', 'dice.mjs'], {
      cwd: folder,
    })
    expect(code).toBe(4)
    expect(lines(err)).toHaveLength(1)
    expect(err).toContain('not deterministic')
  })
})

const built = join(packageRoot(), 'dist/cli/main.js')

test.runIf(existsSync(built))('the executable: exit code, clean pipes', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [built, 'check', 'nosuch'])
  expect({ status, stdout: String(stdout) }).toEqual({ status: 2, stdout: '' })
  expect(lines(String(stderr))).toHaveLength(1)
  const piped = spawnSync('sh', [
    '-c',
    `"${process.execPath}" "${built}" list actions --json | true`,
  ])
  expect(String(piped.stderr)).toBe('')
})

test.runIf(existsSync(built))('npx finds the command in the clone', () => {
  const { status, stdout } = spawnSync('npx', ['--no-install', 'forkcheck', 'list', 'systems'], {
    cwd: packageRoot(),
    // What is asked is in the clone: nothing need be looked for elsewhere.
    env: { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' },
  })
  expect(String(stdout)).toContain('async-fork')
  expect(status).toBe(0)
})
