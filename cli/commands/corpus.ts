/** `forkcheck corpus`: the saved counterexamples, all at once. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { parseCounterexample } from '../../core/counterexample.js'
import type { Mutant } from '../../model/index.js'
import { replayFile } from '../counterexample-file.js'
import { EXIT, isUsage, oneLine, UsageError } from '../errors.js'
import { readText } from '../files.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { loadMutant } from '../mutant-file.js'
import { repeated } from '../options.js'
import { packageRoot } from '../package.js'
import { table } from '../table.js'

/** One file of the corpus and how its replay ended. */
interface Line {
  readonly file: string
  readonly status: 'reproduces' | 'fixed' | 'stale' | 'different' | 'unreadable'
  readonly asExpected: boolean
  readonly message: string
  /** What the file should be called, where that differs; a replay does not depend on it. */
  readonly properName: string | null
}

/** Adds the command and its parts. `exit` is told the exit code. */
export function addCorpus(program: Command, io: Io, exit: (code: number) => void): void {
  const corpus = program.command('corpus').description('the saved counterexamples: check, list')
  corpus.argument('[part]').action((part?: string) => {
    const wrong = part === undefined ? 'a part is missing' : `unknown part ${part}`
    throw new UsageError(`corpus: ${wrong}: check and list are allowed`)
  })
  corpus
    .command('check')
    .description('replay every file strictly; fails unless each does what it expects')
    .argument('[dir]', 'where they are (default: counterexamples)')
    .option('--mutant <file.mjs>', 'a mutant that is not registered (repeatable)', repeated)
    .option('--json', 'print one JSON document')
    .action(async (given: string | undefined, options: { mutant?: string[]; json?: boolean }) => {
      const outside = await Promise.all((options.mutant ?? []).map((file) => loadMutant(io, file)))
      const lines = corpusFiles(io, given).map((file) => lineOf(io, file, outside))
      if (options.json) printJson(io, { format: 1, files: lines })
      else printLines(io, lines)
      exit(lines.every((line) => line.asExpected) ? EXIT.ok : EXIT.violated)
    })
  corpus
    .command('list')
    .description('what each file says, without replaying it')
    .argument('[dir]', 'where they are (default: counterexamples)')
    .option('--json', 'print one JSON document')
    .action((given: string | undefined, { json }: { json?: boolean }) => {
      exit(list(io, corpusFiles(io, given), json ?? false))
    })
}

/** All JSON files below the directory, as the user would name them. @throws UsageError if none. */
function corpusFiles(io: Io, given: string | undefined): string[] {
  const directory = given ?? defaultDirectory(io)
  const stat = statSync(resolve(io.cwd, directory), { throwIfNoEntry: false })
  if (!stat) throw new UsageError(`${directory}: no such directory`)
  if (!stat.isDirectory()) throw new UsageError(`${directory}: a file, not a directory`)
  const entries = readdirSync(resolve(io.cwd, directory), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map((entry) =>
      join(directory, relative(resolve(io.cwd, directory), join(entry.parentPath, entry.name))),
    )
    .sort()
  if (files.length === 0) throw new UsageError(`${directory}: no counterexample files (.cex.json)`)
  return files
}

function defaultDirectory(io: Io): string {
  if (existsSync(resolve(io.cwd, 'counterexamples'))) return 'counterexamples'
  return join(packageRoot(), 'counterexamples')
}

function lineOf(io: Io, file: string, outside: readonly Mutant[]): Line {
  try {
    const { replay, asExpected, properName } = replayFile(io, file, outside)
    return { file, status: replay.status, asExpected, message: replay.message, properName }
  } catch (error) {
    if (!isUsage(error)) throw error
    const message = oneLine(error).replace(`${file}: `, '')
    return { file, status: 'unreadable', asExpected: false, message, properName: null }
  }
}

function printLines(io: Io, lines: readonly Line[]): void {
  const colors = colorsFor(io.stdout, io.env)
  for (const { file, status, asExpected, message, properName } of lines) {
    const color = asExpected ? colors.green : colors.red
    io.stdout.write(`${color(status.padEnd(10))}  ${file}${asExpected ? '' : `: ${message}`}\n`)
    if (properName) io.stdout.write(`${''.padEnd(10)}  (its proper name is ${properName})\n`)
  }
  const good = lines.filter((line) => line.asExpected).length
  io.stdout.write(`\n${good} of ${lines.length} as expected\n`)
}

/** What `corpus list` says of a file: its own words, or why there are none. */
type Listed = Readonly<Record<string, unknown>> & { readonly unreadable?: string }

function list(io: Io, files: readonly string[], json: boolean): number {
  const rows = files.map((file) => listed(io, file))
  if (json) printJson(io, { format: 1, files: rows })
  else {
    const columns = ['file', 'mutant', 'expect', 'steps']
    const cells = (row: Listed) =>
      row.unreadable === undefined
        ? columns.map((column) => String(row[column] ?? '-'))
        : [String(row.file), `unreadable: ${row.unreadable}`, '-', '-']
    io.stdout.write(table(columns, rows.map(cells), ['steps']))
  }
  return rows.some((row) => row.unreadable !== undefined) ? EXIT.violated : EXIT.ok
}

function listed(io: Io, file: string): Listed {
  try {
    const cex = parseCounterexample(readText(io, file), file)
    const { system, scenario, mutant, property, expect, steps, switches, explanation } = cex
    return { file, system, scenario, mutant, property, expect, steps, switches, explanation }
  } catch (error) {
    if (!isUsage(error)) throw error
    return { file, unreadable: oneLine(error).replace(`${file}: `, '') }
  }
}
