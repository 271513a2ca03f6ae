/** `forkcheck corpus review`: what has changed in the corpus since a revision, with every story. */
import { join, relative } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { replayCommand } from '../../runs/commands.js'
import { type CounterexampleFile, parseCounterexample } from '../../runs/counterexample.js'
import { reviewPage } from '../../story/render/review-page.js'
import { storyText } from '../../story/render/text.js'
import { type Changed, changesOf, changeTitle, type Reviewed } from '../../story/review.js'
import { storyOfReplay } from '../../story/story.js'
import { type Checked, type Corpus, checkFile, corpusIn } from '../corpus-files.js'
import { EXIT, isUsage } from '../errors.js'
import { differingSince } from '../git.js'
import { type Io, printJson } from '../io.js'
import { MODEL_OPTION } from '../model-file.js'
import { repeated } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { loadOutside, type Outside } from '../outside.js'
import { page } from '../pager.js'
import { dressFor } from '../show.js'

const FORMATS = ['text', 'markdown', 'json']

interface ReviewOptions {
  readonly since: string
  readonly format: string
  readonly out?: string
  readonly model?: readonly string[]
  readonly mutant?: readonly string[]
}

/** Adds the part. `exit` is told the exit code. */
export function addCorpusReview(corpus: Command, io: Io, exit: (code: number) => void): void {
  corpus
    .command('review')
    .description('what has changed since a revision: new, gone, longer or shorter, not as expected')
    .argument('[dir]', 'where it is (default: counterexamples)')
    .option('--since <rev>', 'a git revision', 'HEAD')
    .option('--format <format>', FORMATS.join(' or '), format, 'text')
    .option('--out <file>', 'write it there')
    .option(...MODEL_OPTION)
    .option('--mutant <file.mjs>', 'a mutant that is not registered (repeatable)', repeated)
    .action(async (given: string | undefined, options: ReviewOptions) => {
      exit(await review(io, given, options))
    })
}

async function review(io: Io, given: string | undefined, options: ReviewOptions): Promise<number> {
  checkOutputs(io, { '--out': options.out })
  const outside = await loadOutside(io, options)
  const reviewed = reviewedSince(io, corpusIn(io, given), options.since, outside)
  const isGood = reviewed.every(({ ends, kind }) => kind === 'gone' || ends === 'as expected')
  if (options.format === 'json')
    printJson(io, {
      format: 1,
      since: options.since,
      changes: reviewed.map(({ story, ...rest }) => rest),
    })
  else if (options.format === 'text' && options.out === undefined && io.keys && reviewed.length > 0)
    await page(
      io,
      reviewed.map((one) => ({ title: titleOf(one), story: one.story, footer: footerOf(one) })),
      io.keys(),
    )
  else {
    const text =
      options.format === 'text'
        ? textOf(io, reviewed, options)
        : reviewPage(reviewed, options.since)
    if (options.out === undefined) io.stdout.write(text)
    else writeText(io, options.out, text)
  }
  return isGood ? EXIT.ok : EXIT.violated
}

/** All that is to be looked at: what git says has changed, then what ends otherwise than expected. */
function reviewedSince(io: Io, corpus: Corpus, since: string, outside: Outside): Reviewed[] {
  const { directory } = corpus
  const differing = differingSince(io, since, directory).filter(({ path }) => /\.json$/.test(path))
  const checked = new Map(
    corpus.files.map((file) => [inCorpus(directory, file), checkFile(io, corpus, file, outside)]),
  )
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
  return [...changes, ...unexpected].map((change) => reviewedOf(directory, change, checked))
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
  return { ...change, path, ends, story: storyOfReplay(setup, model, file, replay) }
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

function footerOf({ path }: Reviewed): [string, string][] {
  return [['replay', replayCommand(path)]]
}

function textOf(io: Io, reviewed: readonly Reviewed[], { since, out }: ReviewOptions): string {
  if (reviewed.length === 0) return `nothing has changed since ${since}\n`
  const dress = out === undefined ? dressFor(io) : {}
  const titles = reviewed.map((one) => `${titleOf(one)}\n`).join('')
  const stories = reviewed.flatMap((one) =>
    one.story
      ? [`${titleOf(one)}\n\n${storyText(one.story, { ...dress, footer: footerOf(one) })}`]
      : [],
  )
  return [titles, ...stories].join('\n')
}

function format(value: string): string {
  if (FORMATS.includes(value)) return value
  throw new InvalidArgumentError(`no such format: ${FORMATS.join(', ')} are allowed.`)
}
