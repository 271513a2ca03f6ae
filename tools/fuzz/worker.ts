/**
 * Makes inputs and gives them to the commands, in a folder of its own and without privileges; see
 * fuzz.ts. Input number n is the same in every run with the same seed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Random } from '../../checker/simulate/random.js'
import { programFor, run } from '../../cli/program.js'
import { fuzzArguments } from './arguments.js'
import { type FuzzFile, fuzzFile } from './files.js'
import { fuzzLibrary } from './library.js'
import { oneIn } from './pick.js'

/** What the parent sends. */
export interface Order {
  readonly seed: string
  readonly first: number
  readonly last: number
  readonly folder: string
  /** The user to become, where the parent is root; null for none. */
  readonly uid: number | null
}

/** What the parent is told. */
export type Report =
  | { readonly kind: 'begun'; readonly number: number; readonly input: string }
  | {
      readonly kind: 'failed'
      readonly number: number
      readonly input: string
      readonly what: string
    }
  | { readonly kind: 'done'; readonly codes: Readonly<Record<string, number>> }

const report = (message: Report) => process.send?.(message)

/** An input that takes longer is interrupted, as a user would. */
const PATIENCE_MS = 3000

process.once('message', async ({ seed, first, last, folder, uid }: Order) => {
  const io = { ...streams(), env: {}, cwd: folder, signal: new AbortController().signal }
  // Everything is loaded before privileges are given up: then nothing need be readable any more.
  const program = await programFor([], io, () => {})
  if (uid !== null) {
    process.setgroups?.([])
    process.setgid?.(uid)
    process.setuid?.(uid)
  }
  process.chdir(folder)
  const good = await goodFiles(folder)
  const codes: Record<string, number> = {}
  for (let number = first; number < last; number++) {
    const random = new Random(BigInt(seed), number)
    refresh(folder, random, good)
    if (oneIn(random, 8)) {
      report({ kind: 'begun', number, input: 'library' })
      const what = fuzzLibrary(random)
      if (what !== null) report({ kind: 'failed', number, input: 'library', what })
      codes.library = (codes.library ?? 0) + 1
      continue
    }
    const argv = fuzzArguments(random, program, readdirSync(folder))
    const input = JSON.stringify(argv)
    report({ kind: 'begun', number, input })
    const { code, what } = await tried(argv, folder)
    codes[code] = (codes[code] ?? 0) + 1
    if (what !== null) report({ kind: 'failed', number, input, what })
  }
  process.send?.({ kind: 'done', codes } satisfies Report, () => process.exit(0))
})

/** What the product writes when all is well: it is damaged later. */
async function goodFiles(folder: string): Promise<FuzzFile[]> {
  const check = ['check', 'protect', '--system', 'linux', '--quiet']
  const made: Record<string, string[]> = {
    'good.cert.json': [...check, '--certificate', 'good.cert.json'],
    'good.checkpoint': [
      'check',
      'two-saves',
      '--max-memory',
      '1MB',
      '--quiet',
      '--checkpoint',
      'good.checkpoint',
    ],
    'good.cex.json': ['check', '--mutant', 'linux-no-flush', '--out', 'saved', '--quiet'],
  }
  const io = { ...streams(), env: {}, cwd: folder, signal: new AbortController().signal }
  for (const argv of Object.values(made)) await run(argv, io)
  const [saved] = readdirSync(join(folder, 'saved'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.cex.json'),
  )
  const cex = readFileSync(join(folder, 'saved', saved), 'utf8')
  const itf = streams()
  writeFileSync(join(folder, 'good.cex.json'), cex)
  await run(['explain', 'good.cex.json', '--format', 'itf'], { ...io, ...itf })
  const read = (name: string) => readFileSync(join(folder, name), 'latin1')
  return [
    { name: 'good.cex.json', text: cex },
    { name: 'good.itf.json', text: itf.out() },
    { name: 'good.cert.json', text: read('good.cert.json') },
    { name: 'good.checkpoint', text: read('good.checkpoint') },
  ]
}

/** The folder as it is before an input: a few files, some of them damaged. */
function refresh(folder: string, random: Random, good: readonly FuzzFile[]): void {
  for (const name of readdirSync(folder))
    rmSync(join(folder, name), { recursive: true, force: true })
  mkdirSync(join(folder, 'folder'))
  mkdirSync(join(folder, 'counterexamples/linux'), { recursive: true })
  for (const { name, text } of good) writeFileSync(join(folder, name), text, 'latin1')
  for (let left = 3; left > 0; left--) {
    const { name, text } = fuzzFile(random, good)
    writeFileSync(join(folder, name), text)
    if (name.endsWith('.cex.json')) writeFileSync(join(folder, 'counterexamples/linux', name), text)
  }
}

function streams() {
  let out = ''
  let err = ''
  return {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    out: () => out,
    err: () => err,
  }
}

/** Runs one command line. `what` is how it breaks the contract; null if it does not. */
async function tried(argv: readonly string[], cwd: string) {
  const written = streams()
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const code = await run(argv, { ...written, env: {}, cwd, signal })
  return { code, what: faultIn(argv, code, written.out(), written.err()) }
}

const CODES = [0, 1, 2, 3, 4, 130]

function faultIn(argv: readonly string[], code: number, out: string, err: string): string | null {
  if (!CODES.includes(code)) return `exit code ${code}`
  if (code === 4 && !/not deterministic|does not replay/.test(err)) return `exit code 4: ${err}`
  if (/\n\s+at /.test(out + err)) return `a stack trace: ${err}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(out + err)) return 'control characters'
  const complaints = err.split('\n').filter((line) => line.startsWith('forkcheck: '))
  if (code === 2 && complaints.length !== 1) return `${complaints.length} complaints: ${err}`
  if (argv.includes('--json') && [0, 1, 3].includes(code) && !isOneDocument(out))
    return `--json prints no document: ${out.slice(0, 200)}`
  return null
}

function isOneDocument(out: string): boolean {
  try {
    JSON.parse(out)
    return true
  } catch {
    // Help, and what is printed instead of a document by options that say so.
    return out === '' || out.startsWith('Usage: ')
  }
}

// A rejected promise that nobody waits for is a crash, and is told as one.
process.on('uncaughtException', (error) => {
  report({ kind: 'failed', number: -1, input: pathToFileURL('.').href, what: String(error?.stack) })
  process.exit(1)
})
