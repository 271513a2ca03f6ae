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
import type { Setup } from '../../runs/subject.js'
import { type Corpus, corpusWithFiles, writeIndex } from '../corpus-files.js'
import { type Replayed, replayCounterexample } from '../counterexample-file.js'
import { EXIT, interrupted, isUsage, oneLine } from '../errors.js'
import { readText } from '../files.js'
import { withLock } from '../folder-lock.js'
import { colorsFor, type Io, isStopped, printJson } from '../io.js'
import { positive } from '../options.js'
import { writeText } from '../output-file.js'
import { corpusCommand, loadOutside, type Outside, type OutsideOptions } from '../outside.js'
import { Runner } from '../runner.js'
import { unsoundText, unsoundTwins } from '../sound-twins.js'

interface UpdateOptions extends OutsideOptions {
  readonly rename?: Renames
  readonly maxStates: number
  readonly accept?: boolean
  readonly acceptUnsound?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/** New names of rules by their old ones. */
type Renames = ReadonlyMap<string, string>

/** The proposed change of a file. */
interface Proposal {
  readonly file: string
  /** `left`: nothing that is known helps. */
  readonly what: 'rewrite' | 'replace' | 'remove' | 'left'
  readonly why: string
  /** The counterexample to save instead, under the name of its content. */
  readonly instead: CounterexampleFile | null
}

/** Adds the part. `exit` is called with the exit code. */
export function addCorpusUpdate(corpus: Command, io: Io, exit: (code: number) => void): void {
  corpusCommand(
    corpus,
    'update',
    'show what would set the corpus right after a change of the model, or do it',
  )
    .option('--accept', 'do it, where every sound system behind the files still holds')
    .option('--accept-unsound', 'do it although a sound system does not hold any more')
    .option('--rename <old=new>', 'a rule that has another name now (repeatable)', renames)
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
  const work = () => updateCorpus(io, corpus, outside, options)
  return options.accept || options.acceptUnsound ? withLock(io, corpus.directory, work) : work()
}

async function updateCorpus(
  io: Io,
  corpus: Corpus,
  outside: Outside,
  options: UpdateOptions,
): Promise<number> {
  const { maxStates } = options
  const quiet = options.quiet || options.json
  const runner = new Runner(io, { quiet, maxStates, continue: true })
  const proposals: Proposal[] = []
  const setups: Setup[] = []
  for (const file of corpus.files) {
    if (await isStopped(io)) return interrupted(io, 'nothing was changed')
    const found = await proposalFor(io, runner, file, corpus, options.rename, outside)
    if (!found) continue
    proposals.push(found.proposal)
    if (found.setup) setups.push(found.setup)
  }
  const unsound = await unsoundTwins(io, new Runner(io, { quiet, maxStates }), setups)
  if (runner.interrupted) return interrupted(io, 'nothing was changed')
  const isUnsound = unsound.some(({ isViolated }) => isViolated)
  const accept = options.acceptUnsound || (options.accept === true && !isUnsound)
  if (accept) {
    for (const proposal of proposals) carryOut(io, corpus, proposal)
    writeIndex(io, corpus.directory)
  }
  if (options.json)
    printJson(io, {
      format: 1,
      accepted: accept,
      unsound,
      files: proposals.map(({ instead, ...rest }) => ({
        ...rest,
        instead: instead && counterexamplePath(instead),
      })),
    })
  else {
    io.stdout.write(unsoundText(unsound))
    printProposals(io, proposals, accept)
    if (options.accept && !accept)
      io.stdout.write(
        'nothing was done: a sound system fails; --accept-unsound does it all the same\n',
      )
  }
  const open = accept ? proposals.filter(({ what }) => what === 'left') : proposals
  return open.length > 0 || isUnsound ? EXIT.violated : EXIT.ok
}

/** The proposal for a file, and its setup if known; null if the file is as it should be. */
async function proposalFor(
  io: Io,
  runner: Runner,
  file: string,
  { directory }: Corpus,
  rename: Renames = new Map(),
  outside: Outside,
): Promise<{ proposal: Proposal; setup?: Setup } | null> {
  try {
    const text = readText(io, file)
    const saved = parseCounterexample(text, file)
    const claim = { ...saved, schedule: renamedSteps(saved.schedule, rename) }
    const replayed = replayCounterexample(claim, file, outside)
    const { status, message } = replayed.replay
    const { setup } = replayed
    if (status === 'stale' || status === 'different')
      return { proposal: await searchAgain(runner, file, replayed), setup }
    const instead = asItShouldBe(replayed)
    const path = counterexamplePath(instead)
    if (printCounterexample(instead) === text && join(directory, path) === file) return null
    const why = claim.expect === instead.expect ? `now ${path}` : message
    return { proposal: { file, what: 'rewrite', why, instead }, setup }
  } catch (error) {
    if (!isUsage(error)) throw error
    const why = oneLine(error).replace(`${file}: `, '')
    return { proposal: { file, what: 'left', why, instead: null } }
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
