/** `forkcheck explore`: walking through a model by hand, in a browser. */
import { once } from 'node:events'
import { type Command, InvalidArgumentError } from 'commander'
import { type Mutant, parseScenario } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { linkOf } from '../../runs/link.js'
import { EXIT, oneLine, UsageError } from '../errors.js'
import { serveExplorer } from '../explore-server.js'
import { readJson } from '../files.js'
import type { Io } from '../io.js'
import { isFileName } from '../mutant-file.js'
import { type PageMutant, pageMutant } from '../page-mutant.js'

interface ExploreOptions {
  readonly system?: string
  readonly mutant?: string
  readonly scenario?: string
  readonly corpus: string
  readonly port: number
}

/** Adds the command. `exit` is told the exit code. */
export function addExplore(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('explore')
    .description(
      'the interactive explorer, on 127.0.0.1: pick any step, see what holds in each state',
    )
    .argument('[scenario]', 'the name of a standard scenario')
    .option('--system <name>', 'the system to begin with')
    .option('--mutant <name|file.mjs>', 'with one thing done wrong')
    .option('--scenario <file.json>', 'a scenario of your own')
    .option('--corpus <dir>', 'where what is found can be saved', 'counterexamples')
    .option('--port <n>', 'the port to listen on (default: any that is free)', port, 0)
    .action(async (scenario: string | undefined, options: ExploreOptions) => {
      const named = await mutantOf(io, options.mutant)
      const link = startOf(io, scenario, options, named)
      const served = await serve(io, options, { link, mutant: named.page })
      io.stdout.write(`exploring on ${served.url}   (Ctrl-C ends it)\n`)
      if (!io.signal.aborted) await once(io.signal, 'abort')
      await served.close()
      exit(EXIT.ok)
    })
}

function port(value: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number <= 65_535) return number
  throw new InvalidArgumentError('must be a whole number from 0 to 65535.')
}

async function serve(
  io: Io,
  { corpus, port }: ExploreOptions,
  start: { readonly link: string; readonly mutant?: PageMutant },
) {
  try {
    return await serveExplorer(io, { corpus, ...start }, port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new UsageError(`--port ${port}: ${code === 'EACCES' ? 'not allowed' : 'taken already'}`)
  }
}

interface Chosen {
  readonly mutant?: Mutant
  /** Of a mutant from a file: what the page loads. */
  readonly page?: PageMutant
}

/** @throws UsageError, UnknownNameError */
async function mutantOf(io: Io, given: string | undefined): Promise<Chosen> {
  if (given === undefined) return {}
  if (!isFileName(given)) return { mutant: mutantNamed(given) }
  const page = await pageMutant(io, given)
  return { mutant: page.mutant, page }
}

/** What the page shows at first. @throws UsageError, UnknownNameError, ScenarioError */
function startOf(
  io: Io,
  named: string | undefined,
  options: ExploreOptions,
  { mutant, page }: Chosen,
): string {
  if (named !== undefined && options.scenario !== undefined)
    throw new UsageError('a scenario is named and a file is given: one of them is allowed')
  const system = systemNamed(options.system ?? mutant?.system ?? 'async-fork')
  if (mutant && mutant.system !== system.name)
    throw new UsageError(
      `--system ${system.name}: mutant ${mutant.name} is one of ${mutant.system}`,
    )
  const scenario =
    options.scenario === undefined
      ? scenarioNamed(named ?? (mutant?.scenario || 'bgsave'))
      : parseScenario(readJson(io, options.scenario), options.scenario)
  const setup = { system, scenario, mutant, foreign: page !== undefined }
  try {
    snapshotModel(setup)
  } catch (error) {
    throw new UsageError(oneLine(error))
  }
  return linkOf({ setup, schedule: [], position: 0 })
}
