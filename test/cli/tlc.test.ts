/**
 * `check --engine tlc`: TLC searches, forkcheck replays and tells. Where the environment variable
 * TLA2TOOLS names TLC's jar the real one is asked; everywhere, a program that says what TLC says.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { toTla } from '../../checker/index.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { mutantNamedIn, named } from '../../runs/names.js'
import type { Run } from '../../runs/run.js'
import { runModel } from '../../runs/run.js'
import { tla2tools } from '../support/tlc.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const cwd = temporaryFolder()
const check = (argv: readonly string[], jar: string | undefined) =>
  forkcheck(['check', ...argv, '--engine=tlc'], { cwd, env: { TLA2TOOLS: jar } })

const { PATH } = process.env
afterEach(() => {
  process.env.PATH = PATH
})

/** A `java` that says a text. @returns its jar. */
function standIn(said: string): string {
  write(cwd, 'said.txt', said)
  writeFileSync(join(cwd, 'java'), `#!/bin/sh\ncat '${join(cwd, 'said.txt')}'\n`)
  chmodSync(join(cwd, 'java'), 0o755)
  process.env.PATH = `${cwd}${delimiter}${PATH}`
  return write(cwd, 'tla2tools.jar', '')
}

/** A message as TLC prints it with -tool. */
const message = (code: number, text: string) =>
  `@!@!@STARTMSG ${code}:0 @!@!@\n${text}\n@!@!@ENDMSG ${code} @!@!@\n`
const counts = (states: number, generated: number, depth: number) =>
  message(
    2199,
    `${generated} states generated, ${states} distinct states found, 0 states left on queue.`,
  ) + message(2194, `The depth of the complete state graph search is ${depth}.`)
const version = message(2262, 'TLC2 Version 2.19')
const complete = message(
  2193,
  'Model checking completed. No error has been found.\n  calculated (optimistic):  val = 1.2E-13',
)

describe('what TLC says', () => {
  const one = async (argv: readonly string[], said: string): Promise<Run> => {
    const { out } = await check([...argv, '--json'], standIn(said))
    return JSON.parse(out).runs[0]
  }

  it('of a model that holds becomes an ordinary run', async () => {
    const said = version + complete + counts(1304, 3040, 49)
    const run = await one(['two-writers', '--system=linux'], said)
    expect(run).toMatchObject({
      ...{ verdict: 'holds', limit: null, engine: 'tlc', storage: 'fingerprints' },
      ...{ states: 1304, transitions: 3039, depth: 48 },
    })
    expect(run.remarks).toEqual([
      'searched by TLC 2.19',
      'TLC keeps fingerprints and not states: by its estimate it missed one with probability 1.2E-13',
      'TLC did not look at what must come about in the end (2)',
      'TLC did not look for situations (3)',
      'states at each depth and counts of rules are not known',
    ])
    for (const { kind, verdict } of run.properties)
      expect(verdict).toBe(kind === 'always' ? 'holds' : 'unchecked')
  })

  it('is asked by options that the release 1.7.4 has, too', async () => {
    const jar = standIn(version + complete + counts(1304, 3040, 49))
    const java = `#!/bin/sh\necho "$@" > '${join(cwd, 'asked.txt')}'\ncat '${join(cwd, 'said.txt')}'\n`
    writeFileSync(join(cwd, 'java'), java)
    await check(['two-writers', '--system=linux', '--workers=2'], jar)
    const [, asked] = readFileSync(join(cwd, 'asked.txt'), 'utf8').trim().split(' tlc2.TLC ')
    expect(asked).toMatch(/^-tool -workers 2 -checkpoint 0 -metadir \S+ linux_two_writers\.tla$/)
  })

  it('of a violation becomes a schedule of ours, which is replayed and told', async () => {
    const argv = ['--mutant=linux-no-flush', '--no-shrink']
    const schedule = await ourSchedule()
    const name = namesInTla()
    const steps = schedule.map((label, i) =>
      message(
        2217,
        `${i + 2}: <${name.get(label)} line 9, col 3 to line 11, col 9 of module m>\nstate = [x |-> 1]`,
      ),
    )
    const violated = message(2110, 'Invariant noStaleTranslation is violated.')
    const path = message(2217, '1: <Initial predicate>\nstate = [x |-> 0]') + steps.join('')
    const said = version + violated + path + counts(130, 215, 20)
    const { counterexample, verdict } = await one(argv, said)
    expect(verdict).toBe('violated')
    expect(counterexample?.schedule).toEqual(schedule)
    const { code, out } = await check(argv, standIn(said))
    expect(code).toBe(1)
    expect(out).toContain('searched by TLC 2.19')
    const short = version + violated + message(2217, '1: <Initial predicate>') + counts(1, 1, 1)
    const wrong = await check(argv, standIn(short))
    const why = 'linux/two-writers: the 0 steps that TLC found do not end in a violation'
    expect([wrong.code, wrong.err]).toEqual([4, `forkcheck: ${why}\n`])
  })

  it('when its memory is used up is incomplete', async () => {
    const progress =
      'Progress(9) at 2026-12-01 04:29:43: 730 states generated (730 s/min), 387 distinct states found (387 ds/min), 53 states left on queue.'
    const run = await one(
      ['two-writers', '--system=linux'],
      `${version + message(2200, progress)}java.lang.OutOfMemoryError\n`,
    )
    expect(run).toMatchObject({ verdict: 'incomplete', limit: '--max-memory', states: 387 })
  })

  it('when it fails is an error of ours in one line', async () => {
    const said = version + message(1000, 'An error: the module\nis not there.')
    const { code, err } = await check(['two-writers', '--system=linux'], standIn(said))
    const why = 'internal error: TLC did not finish: An error: the module is not there.'
    expect([code, err]).toEqual([4, `forkcheck: ${why}\n`])
  })
})

/** The schedule that our own search finds. */
async function ourSchedule(): Promise<readonly string[]> {
  const { out } = await forkcheck(['check', '--mutant=linux-no-flush', '--json'], { cwd })
  return JSON.parse(out).runs[0].counterexample.schedule
}

/** The names of the actions in the module, by their labels. */
function namesInTla(): ReadonlyMap<string, string> {
  const mutant = mutantNamedIn(forkMachine, 'linux-no-flush')
  const scenario = named('scenario', forkMachine.scenarios, mutant.scenario ?? '')
  const system = named('system', forkMachine.systems, mutant.system)
  const model = runModel({ scenario, system, mutant }, {})
  const properties = model.properties.filter(({ kind }) => kind === 'always')
  const { labels } = toTla({ ...model, properties })
  return new Map([...labels].map(([name, label]) => [label, name]))
}

describe('refused in one line:', () => {
  it.each([
    [
      undefined,
      '--engine tlc needs the jar of TLC: the environment variable TLA2TOOLS names it (https://github.com/tlaplus/tlaplus/releases)',
    ],
    ['none.jar', 'TLA2TOOLS: none.jar: no such file'],
  ])('the jar %s', async (jar, why) => {
    const { code, err } = await check(['two-writers', '--system=linux'], jar)
    expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
  })
  it('no Java', async () => {
    const jar = write(cwd, 'tla2tools.jar', '')
    process.env.PATH = temporary
    const { code, err } = await check(['two-writers', '--system=linux'], jar)
    expect([code, err]).toEqual([2, 'forkcheck: --engine tlc needs Java: no program java\n'])
  })
  it.each([
    [['--digest'], '--digest: not with --engine tlc, which has no such thing'],
    [
      ['--property=parentGoesOn'],
      '--engine tlc: parentGoesOn is not about single states that may never be; leave --engine out',
    ],
  ])('%s', async (argv, why) => {
    const { code, err } = await check(['protect', '--system=linux', ...argv], undefined)
    expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
  })
})
const temporary = temporaryFolder()

/** What both engines must agree on. Of a violated run TLC may have seen more or fewer states. */
function comparable({ system, scenario, mutant, verdict, counterexample, ...run }: Run) {
  const { states, transitions, depth } = run
  const size = verdict === 'holds' ? { states, transitions, depth } : {}
  return { system, scenario, mutant, verdict, ...size, steps: counterexample?.steps ?? null }
}

describe('the real TLC', { timeout: 600_000 }, () => {
  const jar = tla2tools
  if (jar === null) {
    it('is not run: TLA2TOOLS names no jar', () => {
      expect(process.env.TLA2TOOLS).toBeUndefined()
    })
    return
  }
  it.each([
    [['two-writers', 'protect', '--system=linux,async-fork']],
    [['--mutant=no-copy-lock']],
    [['--mutant=linux-no-flush']],
    [['two-writers', '--system=linux', '--workers=2']],
  ])('agrees on %s', async (argv) => {
    const ours = await forkcheck(['check', ...argv, '--json'], { cwd })
    const theirs = await check([...argv, '--json'], jar)
    const runs = ({ out }: { out: string }): Run[] => JSON.parse(out).runs
    expect(runs(theirs).map(comparable)).toEqual(runs(ours).map(comparable))
  })
})
