/** Defaults of a folder, and what a shell is told. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const argv = ['check', 'protect', '--system', 'linux']

function folderWith(config: unknown): string {
  const cwd = temporaryFolder()
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  write(cwd, 'forkcheck.config.json', text)
  return cwd
}

describe('forkcheck.config.json', () => {
  test('gives options that the command line does not, and says so', async () => {
    const defaults = { check: { 'max-states': 5, system: ['linux'], shrink: false, time: '1m' } }
    const cwd = folderWith({ format: 1, defaults })
    const short = await forkcheck(['check', 'protect'], { cwd })
    expect(short.code).toBe(3)
    expect(short.out).toMatch(/^linux\n/)
    expect(short.err).toBe(
      'forkcheck: forkcheck.config.json adds --max-states 5 --system linux --no-shrink --time 1m\n',
    )
    const own = ['check', 'protect', '--max-states', '9', '--system', 'async-fork', '--json']
    const { out, err } = await forkcheck(own, { cwd })
    const { runs } = JSON.parse(out)
    expect(runs).toMatchObject([{ system: 'async-fork', limit: '--max-states 9' }])
    expect(err).toBe('forkcheck: forkcheck.config.json adds --no-shrink --time 1m\n')
    expect((await forkcheck(['list', 'systems'], { cwd })).err).toBe('')
  })
  test.each([
    ['not JSON', '{', /^forkcheck: forkcheck\.config\.json: /],
    ['another format', { format: 2, defaults: {} }, /json: format: .*; allowed are format 1/],
    ['an unknown command', { chek: {} }, /json: chek: no such command; did you mean check\?/],
    [
      'an unknown option',
      { check: { 'max-state': 5 } },
      /json: check\.max-state: no option of check; did you mean max-states\?/,
    ],
    ['a wrong value', { check: { time: 'soon' } }, /json: check\.time: must be a time above 0/],
    ['a flag with a value', { check: { quiet: 'yes' } }, /check\.quiet: takes no value/],
    ['an option without one', { check: { time: true } }, /check\.time: needs a value/],
    ['a wrong choice', { check: { engine: 'x' } }, /check\.engine: Allowed choices are/],
  ])('%s is refused in one line', async (_, wrong, message) => {
    const isWhole = typeof wrong === 'string' || 'format' in wrong
    const cwd = folderWith(isWhole ? wrong : { format: 1, defaults: wrong })
    const { code, out, err } = await forkcheck(argv, { cwd })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err.split('\n')).toHaveLength(2)
  })
})

describe('completion', () => {
  const executable = join(packageRoot(), 'dist/cli/main.js')
  const ask = (...words: string[]) =>
    spawnSync('node', [executable, ...words], { encoding: 'utf8' })

  test('a shell is told commands, options and names', () => {
    const offered = (...words: string[]) => ask('complete', '--', ...words).stdout
    expect(offered('che')).toMatch(/^check\t/)
    expect(offered('check', '--max-s')).toMatch(/^--max-states\t/)
    expect(offered('check', '--system', 'async-fork-b')).toMatch(/^async-fork-bytedance\t/)
    expect(offered('check', 'two-wri')).toMatch(/^two-writers\t/)
    expect(offered('mutants', 'linux-no-fl')).toMatch(/^linux-no-flush\t/)
  })
  test('the script of bash is one that bash reads', () => {
    const { stdout, status } = ask('completion', 'bash')
    expect(status).toBe(0)
    expect(spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
    expect(stdout).toContain('forkcheck')
    expect(ask('completion', 'csh').status).toBe(2)
  })
})
