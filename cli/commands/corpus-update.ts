/**
 * `forkcheck corpus update`: what would set a corpus right after the model has changed, and, once
 * somebody has looked at that and says `--accept`, doing it.
 */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import {
  type CounterexampleFile,
  counterexamplePath,
  fileOf,
  parseCounterexample,
  printCounterexample,
} from '../../runs/counterexample.js'
import { renamedSteps } from '../../runs/schedule.js'
import { type Corpus, corpusWithFiles, writeIndex } from '../corpus-files.js'
import { type Replayed, replayCounterexample } from '../counterexample-file.js'
import { EXIT, isUsage, oneLine } from '../errors.js'
import { readText } from '../files.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { MODEL_OPTION } from '../model-file.js'
import { positive, repeated } from '../options.js'
import { writeText } from '../output-file.js'
import { loadOutside, type Outside } from '../outside.js'
import { Runner } from '../runner.js'

interface UpdateOptions {
  readonly accept?: boolean
  readonly rename?: Renames
  readonly model?: readonly string[]
  readonly mutant?: readonly string[]
  readonly maxStates: number
  readonly json?: boolean
  readonly quiet?: boolean
}

/** New names of rules by their old ones. */
type Renames = ReadonlyMap<string, string>

/** What would become of a file. */
interface Proposal {
  readonly file: string
  /** `left`: nothing that is known helps. */
  readonly what: 'rewrite' | 'replace' | 'remove' | 'left'
  readonly why: string
  /** What is to be saved instead, under the name of its content. */
  readonly instead: CounterexampleFile | null
}

/** Adds the part. `exit` is told the exit code. */
export function addCorpusUpdate(corpus: Command, io: Io, exit: (code: number) => void): void {
  corpus
    .command('update')
    .description('show what would set the corpus right after a change of the model, or do it')
    .argument('[dir]', 'where it is (default: counterexamples)')
    .option('--accept', 'do it')
    .option('--rename <old=new>', 'a rule that has another name now (repeatable)', renames)
    .option(...MODEL_OPTION)
    .option('--mutant <file.mjs>', 'a mutant that is not registered (repeatable)', repeated)
    .option('--max-states <n>', 'when searching anew, stop there', positive, 1_000_000)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'show no progress')
    .action(async (given: string | undefined, options: UpdateOptions) => {
      exit(await update(io, given, options))
    })
}

async function update(io: Io, given: string | undefined, options: UpdateOptions): Promise<number> {
  const outside = await loadOutside(io, options)
  const corpus = corpusWithFiles(io, given)
  const { maxStates, accept = false } = options
  const quiet = options.quiet || options.json
  const runner = new Runner(io, { quiet, maxStates, continue: true })
  const proposals: Proposal[] = []
  for (const file of corpus.files) {
    if (runner.interrupted) return EXIT.interrupted
    const proposal = await proposalFor(io, runner, file, corpus, options.rename, outside)
    if (proposal) proposals.push(proposal)
  }
  if (accept) {
    for (const proposal of proposals) carryOut(io, corpus, proposal)
    writeIndex(io, corpus.directory)
  }
  if (options.json)
    printJson(io, {
      format: 1,
      accepted: accept,
      files: proposals.map(({ instead, ...rest }) => ({
        ...rest,
        instead: instead && counterexamplePath(instead),
      })),
    })
  else printProposals(io, proposals, accept)
  const open = accept ? proposals.filter(({ what }) => what === 'left') : proposals
  return open.length > 0 ? EXIT.violated : EXIT.ok
}

/** What would become of a file; null if it is as it should be. */
async function proposalFor(
  io: Io,
  runner: Runner,
  file: string,
  { directory }: Corpus,
  rename: Renames = new Map(),
  outside: Outside,
): Promise<Proposal | null> {
  try {
    const text = readText(io, file)
    const saved = parseCounterexample(text, file)
    const claim = { ...saved, schedule: renamedSteps(saved.schedule, rename) }
    const replayed = replayCounterexample(claim, file, outside)
    const { status, message } = replayed.replay
    if (status === 'stale' || status === 'different') return searchAgain(runner, file, replayed)
    const instead = asItShouldBe(replayed)
    const path = counterexamplePath(instead)
    if (printCounterexample(instead) === text && join(directory, path) === file) return null
    const why = claim.expect === instead.expect ? `now ${path}` : message
    return { file, what: 'rewrite', why, instead }
  } catch (error) {
    if (!isUsage(error)) throw error
    return { file, what: 'left', why: oneLine(error).replace(`${file}: `, ''), instead: null }
  }
}

/** The file of a replay that ran to its end. */
function asItShouldBe({ file, setup, model, replay }: Replayed): CounterexampleFile {
  const { violation, trace } = replay
  // The name of a file does not depend on how it ends: what is fixed stays, as a promise.
  if (!violation) return { ...file, expect: 'holds' }
  const { property, explanation } = violation
  return fileOf(setup, model, { property, explanation, trace }, file.provenance ?? {})
}

/** The schedule does not run any more: is there another one that does the same? */
async function searchAgain(
  runner: Runner,
  name: string,
  { file, setup, replay }: Replayed,
): Promise<Proposal> {
  const { property, provenance = {} } = file
  const { run, model, counterexamples } = await runner.run({ setup, properties: [property] })
  const found = counterexamples.find((one) => one.property === property)
  if (found) {
    const instead = fileOf(setup, model, found, provenance)
    const why = `${replay.message}; found again in ${instead.steps} steps, there were ${file.steps}`
    return { file: name, what: 'replace', why, instead }
  }
  const why = `${replay.message}; nothing violates ${property} there any more`
  if (run.verdict === 'holds') return { file: name, what: 'remove', why, instead: null }
  return { file: name, what: 'left', why: `${replay.message}; ${run.limit}`, instead: null }
}

function carryOut(io: Io, { directory }: Corpus, { file, instead, what }: Proposal): void {
  const path = instead && join(directory, counterexamplePath(instead))
  if (instead && path) writeText(io, path, printCounterexample(instead))
  if (what !== 'left' && path !== file) rmSync(resolve(io.cwd, file))
}

function printProposals(io: Io, proposals: readonly Proposal[], accept: boolean): void {
  const colors = colorsFor(io.stdout, io.env)
  for (const { file, what, why } of proposals) {
    const color = what === 'left' ? colors.red : colors.yellow
    io.stdout.write(`${color(what.padEnd(7))}  ${file}: ${why}\n`)
  }
  const open = proposals.filter(({ what }) => what !== 'left').length
  if (proposals.length === 0) io.stdout.write('every file is as it should be\n')
  else if (accept) io.stdout.write(`\n${open} done, ${proposals.length - open} left\n`)
  else if (open > 0) io.stdout.write(`\nforkcheck corpus update --accept does the ${open}\n`)
}

/** Collects `old=new`. */
function renames(value: string, before: Renames = new Map()): Renames {
  const [, from, to] = /^(\w+)=(\w+)$/.exec(value) ?? []
  if (from && to) return new Map([...before, [from, to]])
  throw new InvalidArgumentError('must be the old and the new name of a rule: old=new.')
}
