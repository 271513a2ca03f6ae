/** `forkcheck explain`: the story of a counterexample. */
import { type Command, InvalidArgumentError } from 'commander'
import { replayCommand } from '../../runs/commands.js'
import { leadingReplay } from '../../runs/leading.js'
import { subjectOf } from '../../runs/setup-model.js'
import { storyDot } from '../../story/render/dot.js'
import { itfOf, printItf } from '../../story/render/itf.js'
import { storyMermaid } from '../../story/render/mermaid.js'
import { type Depth, runPicture } from '../../story/render/state-pictures.js'
import { storyText } from '../../story/render/text.js'
import { type ReportedRun, reportOf } from '../../story/report.js'
import { neighbourhood } from '../../story/state-graph.js'
import { type Story, storyOfReplay } from '../../story/story.js'
import { originsOf, type Replayed, replayFile } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import type { Io } from '../io.js'
import { natural } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { fileCommand, filesRead, loadOutside, type OutsideOptions } from '../outside.js'
import { packageVersion } from '../package.js'
import { statePicture, writePicture } from '../picture-file.js'
import { reportPage } from '../report-page.js'
import { dressFor } from '../show.js'

/** The output formats. */
const FORMATS = ['text', 'html', 'picture', 'mermaid', 'itf', 'dot', 'svg', 'json'] as const

type Format = (typeof FORMATS)[number]

interface ExplainOptions extends OutsideOptions {
  readonly format: Format
  readonly full?: boolean
  readonly json?: boolean
  readonly all?: boolean
  readonly beside?: string
  readonly around: Depth
  readonly step?: number
  readonly out?: string
}

/** Adds the command. `exit` is called with the exit code. */
export function addExplain(program: Command, io: Io, exit: (code: number) => void): void {
  fileCommand(
    program,
    'explain',
    'the story of a counterexample: lanes by actor, what changed, the reason',
  )
    .option('--format <format>', FORMATS.join(', '), format, 'text')
    .option('--json', 'the same as --format json')
    .option('--full', 'text: every step and the whole argument')
    .option('--all', 'text: the same, with registers, observations and where each rule comes from')
    .option(
      '--beside <file>',
      'html: a counterexample to lay beside it (default: the sound system)',
    )
    .option('--around <n>', 'svg, dot: show this many steps beside the run, 1 or 2', depth, 1)
    .option('--step <n>', 'picture: the state after this step (default: the last one)', natural)
    .option('--out <file>', 'write it into this file; a picture as PNG if the name ends in .png')
    .action(async (path: string, options: ExplainOptions) => {
      checkOutputs(io, { '--out': options.out }, [path, options.beside, ...filesRead(options)])
      const outside = await loadOutside(io, options)
      const replayed = replayFile(io, path, outside)
      const beside = options.beside ? replayFile(io, options.beside, outside) : null
      const text = await explained(io, path, replayed, beside, options)
      const isPicture = ['picture', 'svg'].includes(formatOf(options))
      if (options.out === undefined) io.stdout.write(text)
      else if (isPicture) await writePicture(io, options.out, text)
      else writeText(io, options.out, text)
      exit(replayed.asExpected ? EXIT.ok : EXIT.violated)
    })
}

function format(value: string): Format {
  const known = FORMATS.find((name) => name === value)
  if (known) return known
  throw new InvalidArgumentError(`no such format: ${FORMATS.join(', ')} are allowed.`)
}

function formatOf({ json, format }: ExplainOptions): Format {
  return json ? 'json' : format
}

function depth(value: string): Depth {
  if (value === '1' || value === '2') return value === '1' ? 1 : 2
  throw new InvalidArgumentError('1 or 2 is allowed.')
}

/** The document that was asked for. */
async function explained(
  io: Io,
  path: string,
  replayed: Replayed,
  beside: Replayed | null,
  options: ExplainOptions,
): Promise<string> {
  const { setup, model, file, replay } = replayed
  const told = formatOf(options)
  if (told === 'itf') return printItf(itfOf(file, model, replay, subjectOf(setup).narration(model)))
  if (told === 'html' || told === 'picture') {
    const command = replayCommand(path, originsOf(replayed, options))
    const about = { version: packageVersion(), command }
    const report = reportOf(reportedOf(replayed), about, beside && reportedOf(beside))
    return told === 'html' ? reportPage(report) : pictureAt(report.main, options)
  }
  if (told === 'svg') return runPicture(model, replay.trace, options.around)
  // What is read by people leads with the promise that is broken; data is what the file says.
  const isRead = told === 'text' || told === 'mermaid'
  const shown = isRead ? leadingReplay(model, replay) : replay
  const story = storyOfReplay(setup, model, file, shown)
  switch (told) {
    case 'json':
      return `${JSON.stringify({ format: 1, ...story }, null, 2)}\n`
    case 'mermaid':
      return storyMermaid(story)
    case 'dot':
      return storyDot(story, neighbourhood(model, replay.trace, { deep: options.around }))
    case 'text':
      return plainText(io, path, replayed, story, options)
  }
}

/** The picture of the state after the step that was asked for. */
function pictureAt(run: ReportedRun, { step }: ExplainOptions): Promise<string> {
  const last = run.story.steps.length
  if (step !== undefined && step > last)
    throw new UsageError(`--step ${step}: 0 to ${last} are allowed, as the run has ${last} steps`)
  return statePicture(run, step ?? last)
}

/** The parts of a report. */
function reportedOf({ file, ...rest }: Replayed) {
  return { ...rest, property: file.property }
}

function plainText(
  io: Io,
  path: string,
  replayed: Replayed,
  story: Story,
  options: ExplainOptions,
): string {
  const { replay, asExpected } = replayed
  const { all, full, out } = options
  const again = replayCommand(path, originsOf(replayed, options))
  const footer: [string, string][] = [['replay', again]]
  if (!asExpected) footer.unshift([replay.status, replay.message])
  return storyText(story, { all, full, footer, ...(out === undefined ? dressFor(io) : {}) })
}
