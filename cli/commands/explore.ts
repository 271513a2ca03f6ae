/** `forkcheck explore`: walking through a model by hand, in a browser. */
import { once } from 'node:events'
import { type Command, InvalidArgumentError } from 'commander'
import { mutantNamed } from '../../runs/fork-machine/names.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { linkOf } from '../../runs/link.js'
import { named } from '../../runs/names.js'
import { modelOf } from '../../runs/setup-model.js'
import type { MutantInfo, Setup, Subject } from '../../runs/subject.js'
import { EXIT, oneLine, UsageError } from '../errors.js'
import { type Offer, type Served, serveExplorer } from '../explore-server.js'
import type { Io } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'
import { isFileName } from '../mutant-file.js'
import { pageModel } from '../page-model.js'
import { type PageMutant, pageMutant } from '../page-mutant.js'
import { readScenario } from '../plan.js'
import { writePlayground } from '../playground.js'
import { takePropertyFiles } from '../property-file.js'

interface ExploreOptions {
  readonly system?: string
  readonly mutant?: string
  readonly property?: string
  readonly scenario?: string
  readonly corpus?: string
  readonly port?: number
  readonly model?: string
  readonly out?: string
}

/** Always the same, so that a link that was kept still works the next day. */
const PORT = 7430

/** The link that the explorer of the fork machine opens by default. */
const FIRST = { system: 'async-fork', scenario: 'bgsave' }

/** Adds the command. `exit` is called with the exit code. */
export function addExplore(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('explore')
    .description(
      'the interactive explorer, on 127.0.0.1: pick any step, see what holds in each state',
    )
    .argument('[scenario]', 'the name of a standard scenario')
    .option(...MODEL)
    .option('--system <name>', 'the system to begin with')
    .option('--mutant <name|file.mjs>', 'with one thing done wrong')
    .option('--property <file>', 'a file with properties of your own beside the others')
    .option('--scenario <file.json>', 'a scenario of your own')
    .option('--corpus <dir>', 'stories, and where what is found can be saved (counterexamples)')
    .option('--port <n>', `the port to listen on (default: ${PORT}, or any if it is taken)`, port)
    .option('--out <dir>', 'write the explorer with all stories as a site into this folder')
    .action(async (scenario: string | undefined, options: ExploreOptions) => {
      const subject = await subjectFrom(io, options.model)
      const properties = await propertiesOf(io, options.property, subject)
      const chosen = await mutantOf(io, options.mutant, subject)
      const link = startOf(io, subject, scenario, options, chosen)
      if (options.out !== undefined) return writeSite(io, options, link, exit)
      const model = subject.file ? pageModel(io.cwd, subject.file) : undefined
      const served = await serve(io, options, {
        link,
        mutant: chosen.page,
        model,
        properties,
        subject,
      })
      io.stdout.write(`exploring on ${served.url}   (Ctrl-C ends it)\n`)
      if (!io.signal.aborted) await once(io.signal, 'abort')
      await served.close()
      exit(EXIT.ok)
    })
}

/** @throws UsageError */
function writeSite(
  io: Io,
  { out = '', corpus, model, mutant, property }: ExploreOptions,
  link: string,
  exit: (code: number) => void,
): void {
  const changed = mutant !== undefined && isFileName(mutant) ? mutant : undefined
  const file = model ?? changed ?? property
  if (file !== undefined)
    throw new UsageError(`--out ${out}: a site holds the fork machine only, not what ${file} holds`)
  const first = writePlayground(io, out, { corpus, link })
  io.stdout.write(`written: ${first}\n`)
  exit(EXIT.ok)
}

function port(value: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number <= 65_535) return number
  throw new InvalidArgumentError('must be a whole number from 0 to 65535.')
}

async function serve(
  io: Io,
  { corpus = 'counterexamples', port: asked }: ExploreOptions,
  start: Omit<Offer, 'corpus'>,
): Promise<Served> {
  const port = asked ?? PORT
  try {
    return await serveExplorer(io, { corpus, ...start }, port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    if (asked === undefined) return serveExplorer(io, { corpus, ...start }, 0)
    throw new UsageError(`--port ${port}: ${code === 'EACCES' ? 'not allowed' : 'taken already'}`)
  }
}

interface Chosen {
  readonly mutant?: MutantInfo
  /** Of a mutant from a file: what the page loads. */
  readonly page?: PageMutant
}

/** Takes the properties of a file in, and makes of it what the page loads. @throws UsageError */
async function propertiesOf(io: Io, file: string | undefined, subject: Subject) {
  await takePropertyFiles(io.cwd, file === undefined ? [] : [file], subject)
  return file === undefined ? undefined : pageModel(io.cwd, { file, digest: '' })
}

/** @throws UsageError, UnknownNameError */
async function mutantOf(io: Io, given: string | undefined, subject: Subject): Promise<Chosen> {
  if (given === undefined) return {}
  if (!isFileName(given)) {
    const mutant =
      subject === forkMachine ? mutantNamed(given) : named('mutant', subject.mutants, given)
    return { mutant }
  }
  const page = await pageMutant(io, given, subject)
  return { mutant: page.mutant, page }
}

/** The first view of the page. @throws UsageError, UnknownNameError, ScenarioError */
function startOf(
  io: Io,
  subject: Subject,
  given: string | undefined,
  options: ExploreOptions,
  { mutant, page }: Chosen,
): string {
  if (given !== undefined && options.scenario !== undefined)
    throw new UsageError('a scenario is named and a file is given: one of them is allowed')
  const { systems, scenarios } = subject
  const first =
    subject === forkMachine ? FIRST : { system: systems[0].name, scenario: scenarios[0].name }
  const system = named('system', systems, options.system ?? mutant?.system ?? first.system)
  if (mutant && mutant.system !== system.name)
    throw new UsageError(
      `--system ${system.name}: mutant ${mutant.name} is one of ${mutant.system}`,
    )
  const scenario =
    options.scenario === undefined
      ? named('scenario', scenarios, given ?? (mutant?.scenario || first.scenario))
      : readScenario(io, subject, options.scenario)
  const family = subject === forkMachine ? {} : { subject }
  const setup: Setup = { ...family, system, scenario, mutant, foreign: page !== undefined }
  try {
    modelOf(setup)
  } catch (error) {
    throw new UsageError(oneLine(error))
  }
  return linkOf({ setup, schedule: [], position: 0 })
}
