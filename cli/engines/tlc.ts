/**
 * TLC (https://github.com/tlaplus/tlaplus) on exported models. It searches breadth first and keeps a
 * fingerprint of 64 bits of each state. The environment variable TLA2TOOLS names its jar.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TlaModule, toTla } from '../../checker/rules/print/tla.js'
import { finished } from '../child-process.js'
import { UsageError } from '../errors.js'
import { existsIn } from '../files.js'
import type { Io } from '../io.js'
import type { Engine, EngineOptions, Found } from './engine-check.js'

/** TLC as an engine of `check`. */
export const tlc: Engine = {
  name: 'tlc',
  title: 'TLC',
  storage: () => 'fingerprints',
  search: async (io, model, options) => {
    // TLC is asked for invariants alone.
    const properties = model.properties.filter(({ kind }) => kind === 'always')
    const tla = toTla({ ...model, properties })
    const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-tlc-'))
    try {
      writeFileSync(join(cwd, `${tla.name}.tla`), tla.module)
      writeFileSync(join(cwd, `${tla.name}.cfg`), tla.config)
      const said = await run(io, cwd, tla, options)
      return foundIn(said, tla, model.init.length)
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  },
}

/** The functions that check a state call each other deeply. */
const STACK = '-Xss64m'

/** Codes of TLC's messages: `tlc2/output/EC.java`. */
const CODE = {
  initialViolation: 2107,
  violation: 2110,
  evaluation: 2132,
  version: 2262,
  collisions: 2193,
  depth: 2194,
  counts: 2199,
  progress: 2200,
  step: 2217,
} as const

interface Message {
  readonly code: number
  readonly text: string
}

/** Runs TLC. @returns what it says. @throws UsageError when Java or the jar is missing. */
async function run(
  io: Io,
  cwd: string,
  { name }: TlaModule,
  { workers = 1, maxBytes, signal, show }: EngineOptions,
): Promise<Message[]> {
  const given = io.env.TLA2TOOLS
  if (!given)
    throw new UsageError(
      '--engine tlc needs the jar of TLC: the environment variable TLA2TOOLS names it (https://github.com/tlaplus/tlaplus/releases)',
    )
  if (!existsIn(io, given)) throw new UsageError(`TLA2TOOLS: ${given}: no such file`)
  const memory =
    maxBytes === undefined ? [] : [`-Xmx${Math.max(2, Math.ceil(maxBytes / 2 ** 20))}m`]
  const java = [...memory, STACK, '-XX:+UseParallelGC', '-cp', resolve(io.cwd, given), 'tlc2.TLC']
  const flags = ['-tool', '-workers', `${workers}`, '-checkpoint', '0']
  const args = [...java, ...flags, '-metadir', join(cwd, 'states'), `${name}.tla`]
  const onLine = (line: string) => {
    const states = /^Progress\(.*?([\d,]+) distinct states found/.exec(line)?.[1]
    if (states) show(numberIn(states))
  }
  const { isMissing, stdout, stderr } = await finished(signal, 'java', args, { cwd, onLine })
  if (isMissing) throw new UsageError('--engine tlc needs Java: no program java')
  const messages = messagesIn(stdout)
  const isOut = /OutOfMemoryError|StackOverflowError|Could not reserve/.test(stdout + stderr)
  if (messages.some(({ code }) => code === CODE.counts) || isOut) return messages
  const why = messages.findLast(({ text }) => /error|exception/i.test(text))?.text ?? stderr
  throw new Error(`TLC did not finish: ${(why || stdout).slice(0, 500)}`)
}

const numberIn = (text: string) => Number(text.replaceAll(',', ''))

/** The messages of `-tool`: each between two lines of its own, which name its code. */
function messagesIn(stdout: string): Message[] {
  const pattern = /^@!@!@STARTMSG (\d+):\d+ @!@!@\n([\s\S]*?)^@!@!@ENDMSG \1 @!@!@$/gm
  return [...stdout.matchAll(pattern)].map(([, code, text]) => ({ code: Number(code), text }))
}

function foundIn(messages: readonly Message[], { labels }: TlaModule, initial: number): Found {
  const text = (code: number) => messages.findLast((one) => one.code === code)?.text ?? ''
  const [, generated = '0', distinct = '0'] =
    /([\d,]+) states generated.*?([\d,]+) distinct/.exec(
      text(CODE.counts) || text(CODE.progress),
    ) ?? []
  const isViolated = messages.some(({ code }) =>
    ([CODE.violation, CODE.initialViolation, CODE.evaluation] as number[]).includes(code),
  )
  const chance = /calculated \(optimistic\): +val = (\S+)/.exec(text(CODE.collisions))?.[1]
  const chances =
    chance === undefined ? '' : `: by its estimate it missed one with probability ${chance}`
  return {
    version: /Version (\S+)/.exec(text(CODE.version))?.[1] ?? 'of unknown version',
    states: numberIn(distinct),
    // TLC counts initial states among those it has generated, and in the depth.
    transitions: Math.max(0, numberIn(generated) - initial),
    depth: Math.max(0, numberIn(/search is (\d+)/.exec(text(CODE.depth))?.[1] ?? '1') - 1),
    bytes: 0,
    limit: isViolated || text(CODE.collisions) !== '' ? null : '--max-memory',
    schedule: isViolated ? scheduleIn(messages, labels) : null,
    remarks: [`TLC keeps fingerprints and not states${chances}`],
  }
}

/** The steps of the path that TLC shows. @throws Error for one that is not ours. */
function scheduleIn(messages: readonly Message[], labels: ReadonlyMap<string, string>): string[] {
  return messages.flatMap(({ code, text }) => {
    const name = code === CODE.step ? /^\d+: <(\w+) line/.exec(text)?.[1] : undefined
    if (name === undefined) return []
    const label = labels.get(name)
    if (label === undefined) throw new Error(`TLC took a step that no action has: ${name}`)
    return [label]
  })
}
