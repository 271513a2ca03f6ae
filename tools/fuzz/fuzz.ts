/**
 * `npm run fuzz -- [--inputs N] [--minutes M] [--seed S] [--only N]`: wrong inputs of every kind,
 * against the contract: an exit code that is documented, one line for what is wrong, no stack
 * trace, no control characters. The work is done by processes without privileges, each in a folder
 * of its own below the system's temporary folder, and no input holds an absolute path.
 */
import { fork } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Order, Report } from './worker.js'

/** Inputs of one process: then another one begins, so that no leak adds up. */
const TOGETHER = 500
/** A process that says nothing for so long hangs. */
const HANGS_MS = 120_000
/** The user `nobody`. */
const NOBODY = 65_534

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
})
const ends = Date.now() + Number(values.minutes) * 60_000
const first = values.only === undefined ? 0 : Number(values.only)
const last = values.only === undefined ? Number(values.inputs) : first + 1

interface Batch {
  readonly codes: Readonly<Record<string, number>>
  readonly failures: readonly Extract<Report, { kind: 'failed' }>[]
}

/** Has one process try the inputs from `from` up to but not including `to`. */
function batch(from: number, to: number): Promise<Batch> {
  const folder = mkdtempSync(join(tmpdir(), 'forkcheck-fuzz-'))
  const uid = process.getuid?.() === 0 ? NOBODY : null
  if (uid !== null) chownSync(folder, uid, uid)
  const worker = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  worker.send({ seed: values.seed, first: from, last: to, folder, uid } satisfies Order)
  const failures: Extract<Report, { kind: 'failed' }>[] = []
  let codes: Readonly<Record<string, number>> = {}
  let at = { number: from, input: '' }
  let isDone = false
  const fail = (what: string) => failures.push({ kind: 'failed', ...at, what })
  return new Promise((resolve) => {
    const kill = () => {
      fail(`nothing happens for ${HANGS_MS / 1000} s`)
      worker.kill('SIGKILL')
    }
    let watch = setTimeout(kill, HANGS_MS)
    worker.on('message', (message: Report) => {
      clearTimeout(watch)
      watch = setTimeout(kill, HANGS_MS)
      if (message.kind === 'begun') at = message
      else if (message.kind === 'failed') failures.push(message)
      else {
        codes = message.codes
        isDone = true
      }
    })
    worker.on('exit', (code, signal) => {
      clearTimeout(watch)
      if (!isDone && failures.length === 0) fail(`the process ended: ${code ?? signal}`)
      rmSync(folder, { recursive: true, force: true })
      resolve({ codes, failures })
    })
  })
}

console.log(`seed ${values.seed}`)
const codes: Record<string, number> = {}
const failures: Batch['failures'][number][] = []
let done = 0
for (let from = first; from < last && Date.now() < ends; from += TOGETHER) {
  const to = Math.min(last, from + TOGETHER)
  const found = await batch(from, to)
  for (const [code, times] of Object.entries(found.codes)) codes[code] = (codes[code] ?? 0) + times
  failures.push(...found.failures)
  for (const { number, input, what } of found.failures)
    console.log(`FAILED  --seed ${values.seed} --only ${number}: ${input}\n        ${what}`)
  done += to - from
}
const ended = Object.entries(codes).map(
  ([code, times]) => `${times} ${/\d/.test(code) ? `exit ${code}` : code}`,
)
console.log(`${done} inputs, ${failures.length} failures (${ended.join(', ')})`)
process.exitCode = failures.length > 0 ? 1 : 0
