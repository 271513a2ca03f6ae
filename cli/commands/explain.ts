/** `forkcheck explain`: the story of a counterexample. */
import { type Command, InvalidArgumentError } from 'commander'
import { replayCommand } from '../../core/commands.js'
import { type Story, storyOfReplay } from '../../core/story.js'
import { storyMermaid } from '../../core/story-mermaid.js'
import { storyText } from '../../core/story-text.js'
import { type Replayed, replayFile } from '../counterexample-file.js'
import { EXIT } from '../errors.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { loadMutants } from '../mutant-file.js'
import { repeated } from '../options.js'
import { styleFor } from '../show.js'

/** What this version can print, and what it will be able to. */
const FORMATS = ['text', 'mermaid', 'json']
const LATER = ['html', 'itf', 'dot']

interface ExplainOptions {
  readonly format: string
  readonly json?: boolean
  readonly all?: boolean
  readonly mutant?: string[]
}

/** Adds the command. `exit` is told the exit code. */
export function addExplain(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('explain')
    .description('the story of a counterexample: lanes by actor, what changed, the reason')
    .argument('<file>', 'a .cex.json file')
    .option('--format <format>', FORMATS.join(', '), format, 'text')
    .option('--json', 'the same as --format json')
    .option('--all', 'also show registers, observations and where each rule comes from')
    .option('--mutant <file.mjs>', 'where the mutant of the file comes from', repeated)
    .action(async (path: string, options: ExplainOptions) => {
      const outside = await loadMutants(io, options.mutant)
      const replayed = replayFile(io, path, outside)
      const { setup, model, file, replay } = replayed
      const story = storyOfReplay(setup, model, file, replay)
      if (options.json || options.format === 'json') printJson(io, { format: 1, ...story })
      else if (options.format === 'mermaid') io.stdout.write(storyMermaid(story))
      else printStory(io, path, replayed, story, options)
      exit(replayed.asExpected ? EXIT.ok : EXIT.violated)
    })
}

function format(value: string): string {
  if (FORMATS.includes(value)) return value
  const why = LATER.includes(value) ? 'not in this version' : 'no such format'
  throw new InvalidArgumentError(`${why}: ${FORMATS.join(', ')} are allowed.`)
}

function printStory(
  io: Io,
  path: string,
  { replay, asExpected }: Replayed,
  story: Story,
  { all, mutant }: ExplainOptions,
): void {
  const footer: [string, string][] = [['replay', replayCommand(path, { mutantFile: mutant?.[0] })]]
  if (!asExpected) footer.unshift([replay.status, replay.message])
  const style = styleFor(colorsFor(io.stdout, io.env))
  io.stdout.write(storyText(story, { all, footer, style }))
}
