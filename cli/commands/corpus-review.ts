/** `forkcheck corpus review`: what has changed in the corpus since a revision, with every story. */
import { join, relative } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { replayCommand } from '../../runs/commands.js'
import { type CounterexampleFile, parseCounterexample } from '../../runs/counterexample.js'
import { leadingReplay } from '../../runs/leading.js'
import type { Setup } from '../../runs/subject.js'
import { reviewPage } from '../../story/render/review-page.js'
import { storyText } from '../../story/render/text.js'
import {
  type Changed,
  changesOf,
  changeTitle,
  type Reviewed,
  stepsBeside,
} from '../../story/review.js'
import { storyOfReplay } from '../../story/story.js'
import { type Checked, type Corpus, checkFile, corpusIn } from '../corpus-files.js'
import { EXIT, interrupted, isUsage } from '../errors.js'
import { differingSince } from '../git.js'
import { type Io, isStopped, printJson } from '../io.js'
import { checkOutputs, writeText } from '../output-file.js'
import {
  corpusCommand,
  filesRead,
  loadOutside,
  type Outside,
  type OutsideOptions,
} from '../outside.js'
import { page } from '../pager.js'
import { Runner } from '../runner.js'
import { dressFor } from '../show.js'
import { unsoundLines, unsoundText, unsoundTwins } from '../sound-twins.js'
import { table } from '../table.js'

const FORMATS = ['text', 'markdown', 'json']

interface ReviewOptions extends OutsideOptions {
  readonly since: string
  readonly format: string
  readonly out?: string
}

/** Adds the part. `exit` is called with the exit code. */
export function addCorpusReview(corpus: Command, io: Io, exit: (code: number) => void): void {
  corpusCommand(
    corpus,
    'review',
    'what has changed since a revision: new, gone, longer or shorter, not as expected',
  )
    .option('--since <rev>', 'a git revision', 'HEAD')
    .option('--format <format>', FORMATS.join(' or '), format, 'text')
    .option('--out <file>', 'write it there')
    .action(async (given: string | undefined, options: ReviewOptions) => {
      exit(await review(io, given, options))
    })
}

async function review(io: Io, given: string | undefined, options: ReviewOptions): Promise<number> {
  checkOutputs(io, { '--out': options.out }, filesRead(options))
  const outside = await loadOutside(io, options)
  const found = await reviewedSince(io, corpusIn(io, given), options.since, outside)
  if (found === null) return interrupted(io)
  const { reviewed, setups } = found
  const runner = new Runner(io, { quiet: options.format === 'json', maxStates: TWIN_STATES })
  const unsound = await unsoundTwins(io, runner, setups)
  if (runner.interrupted) return interrupted(io)
  const isGood =
    !unsound.some(({ isViolated }) => isViolated) &&
    reviewed.every(({ ends, kind }) => kind === 'gone' || ends === 'as expected')
  if (options.format === 'json')
    printJson(io, {
      format: 1,
      since: options.since,
      unsound,
      changes: reviewed.map(({ story, ...rest }) => rest),
    })
  else if (options.format === 'text' && options.out === undefined && io.keys && reviewed.length > 0)
    await page(
      io,
      reviewed.map((one) => ({
        title: `${unsoundText(unsound)}${titleOf(one)}`,
        story: one.story,
        footer: footerOf(one),
      })),
      io.keys(),
    )
  else {
    const text =
      options.format === 'text'
        ? unsoundText(unsound) + textOf(io, reviewed, options)
        : reviewPage(reviewed, options.since, unsoundLines(unsound))
    if (options.out === undefined) io.stdout.write(text)
    else writeText(io, options.out, text)
  }
  return isGood ? EXIT.ok : EXIT.violated
}

/** A sound twin with more states is not searched to its end, which the review says. */
const TWIN_STATES = 1_000_000

/**
 * All that is to be looked at: what git says has changed, then what ends otherwise than expected;
 * and the setups of these files. Null when the user interrupts.
 */
async function reviewedSince(
  io: Io,
  corpus: Corpus,
  since: string,
  outside: Outside,
): Promise<{ reviewed: Reviewed[]; setups: Setup[] } | null> {
  const { directory } = corpus
  const differing = differingSince(io, since, directory).filter(({ path }) => /\.json$/.test(path))
  const checked = new Map<string, Checked>()
  for (const file of corpus.files) {
    if (await isStopped(io)) return null
    checked.set(inCorpus(directory, file), checkFile(io, corpus, file, outside))
  }
  const before = differing.flatMap(({ path, before: text }) =>
    text === null ? [] : [{ path: inCorpus(directory, path), file: parsed(text, path) }],
  )
  const now = differing.flatMap(({ path }) => {
    const one = checked.get(inCorpus(directory, path))
    return one ? [{ path: inCorpus(directory, path), file: one.replayed?.file ?? null }] : []
  })
  const changes = changesOf(before, now)
  const named = new Set(changes.map(({ path }) => path))
  const unexpected = [...checked].flatMap(([path, { asExpected, replayed }]): Changed[] => {
    if (asExpected || named.has(path)) return []
    const file = replayed?.file ?? null
    return [{ kind: 'unexpected', path, before: file, after: file }]
  })
  const all = [...changes, ...unexpected]
  return {
    reviewed: all.map((change) => reviewedOf(directory, change, checked)),
    setups: all.flatMap(({ path }) => checked.get(path)?.replayed?.setup ?? []),
  }
}

function reviewedOf(
  directory: string,
  change: Changed,
  checked: ReadonlyMap<string, Checked>,
): Reviewed {
  const one = change.kind === 'gone' ? undefined : checked.get(change.path)
  const path = join(directory, change.path)
  if (!one) return { ...change, path, ends: 'not there any more', story: null }
  const { replayed, asExpected, status, message } = one
  const ends = asExpected ? 'as expected' : `${status}: ${message}`
  if (!replayed) return { ...change, path, ends, story: null }
  const { setup, model, file, replay } = replayed
  const led = leadingReplay(model, replay)
  return { ...change, path, ends, story: storyOfReplay(setup, model, file, led) }
}

function inCorpus(directory: string, path: string): string {
  return relative(directory, path).replaceAll('\\', '/')
}

function parsed(text: string, path: string): CounterexampleFile | null {
  try {
    return parseCounterexample(text, path)
  } catch (error) {
    if (!isUsage(error)) throw error
    return null
  }
}

function titleOf(one: Reviewed): string {
  return `${changeTitle(one)}, ${one.ends}`
}

function footerOf({ path, before, after }: Reviewed): [string, string][] {
  const { model } = after ?? before ?? {}
  return [['replay', replayCommand(path, { modelFile: model?.file })]]
}

function textOf(io: Io, reviewed: readonly Reviewed[], { since, out }: ReviewOptions): string {
  if (reviewed.length === 0) return `nothing has changed since ${since}\n`
  const dress = out === undefined ? dressFor(io) : {}
  const titles = reviewed.map((one) => `${titleOf(one)}\n`).join('')
  const stories = reviewed.flatMap((one) => {
    const parts = [
      ...besidesText(one),
      ...(one.story ? [storyText(one.story, { ...dress, footer: footerOf(one) })] : []),
    ]
    return parts.length > 0 ? [`${titleOf(one)}\n\n${parts.join('\n')}`] : []
  })
  return [titles, ...stories].join('\n')
}

/** The old steps beside the new ones, as text. */
function besidesText(one: Reviewed): string[] {
  const rows = stepsBeside(one)
  return rows.length === 0 ? [] : [table(['before', 'now'], rows)]
}

function format(value: string): string {
  if (FORMATS.includes(value)) return value
  throw new InvalidArgumentError(`no such format: ${FORMATS.join(', ')} are allowed.`)
}
