/** `forkcheck corpus`: the saved counterexamples, all at once. */
import type { Command } from 'commander'
import { parseCounterexample } from '../../runs/counterexample.js'
import { type Checked, checkFile, corpusWithFiles } from '../corpus-files.js'
import { EXIT, isUsage, oneLine, UsageError } from '../errors.js'
import { readText } from '../files.js'
import { colorsFor, type Io, isStopped, printJson } from '../io.js'
import { corpusCommand, loadOutside, type OutsideOptions } from '../outside.js'
import { table } from '../table.js'
import { addCorpusAdd } from './corpus-add.js'
import { addCorpusReview } from './corpus-review.js'
import { addCorpusUpdate } from './corpus-update.js'

/** Adds the command and its parts. `exit` is called with the exit code. */
export function addCorpus(program: Command, io: Io, exit: (code: number) => void): void {
  const corpus = program
    .command('corpus')
    .description('the saved counterexamples: check, list, add, update, review')
  corpus.argument('[part]').action((part?: string) => {
    const wrong = part === undefined ? 'a part is missing' : `unknown part ${part}`
    throw new UsageError(`corpus: ${wrong}: check, list, add, update and review are allowed`)
  })
  corpusCommand(
    corpus,
    'check',
    'replay every file strictly; fails unless each does what it expects',
  )
    .option('--json', 'print one JSON document')
    .action(async (given: string | undefined, options: OutsideOptions & { json?: boolean }) => {
      const outside = await loadOutside(io, options)
      const found = corpusWithFiles(io, given)
      const lines: Checked[] = []
      for (const file of found.files) {
        if (await isStopped(io)) break
        lines.push(checkFile(io, found, file, outside))
      }
      if (options.json)
        printJson(io, { format: 1, files: lines.map(({ replayed, ...line }) => line) })
      else printLines(io, lines)
      const left = found.files.length - lines.length
      if (left > 0) io.stderr.write(`forkcheck: interrupted, ${left} files not replayed\n`)
      const isGood = lines.every((line) => line.asExpected)
      exit(left > 0 ? EXIT.interrupted : isGood ? EXIT.ok : EXIT.violated)
    })
  corpus
    .command('list')
    .description('what each file says, without replaying it')
    .argument('[dir]', 'where it is (default: counterexamples)')
    .option('--json', 'print one JSON document')
    .action((given: string | undefined, { json }: { json?: boolean }) => {
      exit(list(io, corpusWithFiles(io, given).files, json ?? false))
    })
  addCorpusAdd(corpus, io, exit)
  addCorpusUpdate(corpus, io, exit)
  addCorpusReview(corpus, io, exit)
}

function printLines(io: Io, lines: readonly Checked[]): void {
  const colors = colorsFor(io.stdout, io.env)
  for (const { file, status, asExpected, message } of lines) {
    const color = asExpected ? colors.green : colors.red
    io.stdout.write(`${color(status.padEnd(10))}  ${file}${asExpected ? '' : `: ${message}`}\n`)
  }
  const good = lines.filter((line) => line.asExpected).length
  io.stdout.write(`\n${good} of ${lines.length} as expected\n`)
  if (good < lines.length)
    io.stdout.write('forkcheck corpus update shows what would set the others right\n')
}

/** The line of `corpus list` about a file: the file's own words, or why there are none. */
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
