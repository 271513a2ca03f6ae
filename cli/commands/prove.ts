/** `forkcheck prove`: a system, for any number of page tables. */
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { workerThreads } from '../../checker/threads/index.js'
import { repairedSystems } from '../../model/index.js'
import type { Options } from '../../model/shape.js'
import { positionCertificate } from '../../proof/certificate.js'
import { abstractModel, ProofError, type Question } from '../../proof/models.js'
import { OPERATIONS, type OperationName } from '../../proof/operations.js'
import { POSITIONS } from '../../proof/positions.js'
import { type ProofLimits, type ProofResult, prove } from '../../proof/prove.js'
import { proofData, proofEnd } from '../../proof/report.js'
import { propertyNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { CertificateOutput } from '../certificate.js'
import { EXIT, interrupted, UsageError } from '../errors.js'
import { writeCounterexample } from '../files.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { mutantFrom, type NamedMutant } from '../mutant-file.js'
import { duration, names, natural, positive, saving, size } from '../options.js'
import { checkOutputs } from '../output-file.js'
import { packageVersion } from '../package.js'
import { ProgressLine } from '../progress.js'
import { printProof, realToSave } from '../proof-text.js'
import { isExplained, printMutant, proveMutants, summaryOf } from '../prove-mutants.js'

interface ProveOptions {
  readonly mutant?: string
  readonly mutants?: boolean
  readonly property?: readonly string[]
  readonly threads: number
  readonly pages: number
  readonly operations?: readonly string[]
  readonly option?: readonly string[]
  readonly workers?: number
  readonly maxStates?: number
  readonly maxMemory?: number
  readonly time?: number
  readonly simulated?: number
  readonly seed?: number
  readonly certificate?: string
  readonly json?: boolean
  readonly out?: string
  readonly quiet?: boolean
}

/** The operations of the programs by default. */
const USUAL: readonly OperationName[] = ['write', 'read', 'dontneed', 'munmap']

/** Adds the command. `exit` is called with the exit code. */
export function addProve(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('prove')
    .description('prove a system for any number of page tables, within the bounds that are printed')
    .argument('<system>', 'a system that declares the environment of a page table')
    .option(
      '--mutant <name|file.mjs>',
      'with one thing done wrong; or a system repaired, by its name',
    )
    .option('--mutants', 'every registered mutant instead: none of them may be proved')
    .option(
      '--property <name...>',
      'these properties only (default: every `always` property)',
      names,
    )
    .option('--threads <n>', 'threads of the parent: 1 or 2', positive, 1)
    .option('--pages <n>', 'pages of a page table: 1 or 2', positive, 1)
    .option(
      '--operations <names>',
      `some of ${OPERATIONS.join(', ')} (default: ${USUAL.join(', ')})`,
      names,
    )
    .option('--option <name=value...>', 'an option of scenarios, such as pointerLock=child', names)
    .option('--workers <n>', 'number of threads for each search (default: 1)', positive)
    .option('--max-states <n>', 'stop at this many states of one position', positive)
    .option(
      '--max-memory <size>',
      'stop before the states of one position take more than this',
      size,
    )
    .option('--time <time>', 'stop after this time in all: 500ms, 60s, 2m, 1h', duration)
    .option('--simulated <n>', 'check the abstraction on this many states of each size', positive)
    .option('--certificate <file>', 'also write what makes it checkable: `forkcheck verify <file>`')
    .option('--seed <n>', 'of the random walks of that check (default: 1)', natural)
  saving(command, 'a concrete counterexample').action(
    async (system: string, options: ProveOptions) => {
      exit(await proveSystem(io, system, options))
    },
  )
}

async function proveSystem(io: Io, system: string, options: ProveOptions): Promise<number> {
  checkOutputs(io, { '--certificate': options.certificate }, [options.mutant], options.out)
  const named = options.mutant === undefined ? undefined : await changeFrom(io, options.mutant)
  const origins = { mutantFile: named?.file }
  const question = questionOf(system, named, options)
  if (options.mutants) return proveAllMutants(io, question, options)
  const certificate =
    options.certificate === undefined
      ? undefined
      : new CertificateOutput(io, options.certificate, POSITIONS.length)
  let result: ProofResult
  try {
    result = await drive(io, question, options, undefined, certificate)
  } catch (error) {
    certificate?.drop()
    throw error
  }
  // A part of a proof proves nothing: its certificate is not kept.
  if (result.verdict === 'proved') certificate?.finish()
  else certificate?.drop()
  const saved = realToSave(options.out, result, origins)
  if (options.json)
    printJson(io, { format: 1, version: packageVersion(), proofs: [proofData(result)] })
  else {
    printProof(io, result, saved?.name ?? null, origins)
    const colors = colorsFor(io.stdout, io.env)
    const paint = result.verdict === 'proved' ? colors.green : colors.red
    if (options.certificate !== undefined && result.verdict === 'proved')
      io.stdout.write(`certificate  ${options.certificate}: forkcheck verify looks at it\n`)
    io.stdout.write(`\n${paint(proofEnd(result))}\n`)
  }
  if (saved) writeCounterexample(io, saved)
  if (io.signal.aborted) return interrupted(io)
  if (result.verdict === 'violated') return EXIT.violated
  return result.verdict === 'proved' ? EXIT.ok : EXIT.incomplete
}

async function proveAllMutants(io: Io, question: Question, options: ProveOptions): Promise<number> {
  if (options.certificate !== undefined)
    throw new UsageError('--mutants and --certificate exclude each other')
  if (options.mutant !== undefined)
    throw new UsageError('--mutants and --mutant exclude each other')
  const ends = performance.now() / 1000 + (options.time ?? Number.POSITIVE_INFINITY)
  const isOver = () => io.signal.aborted || performance.now() / 1000 >= ends
  const one = (asked: Question, limits: ProofLimits) => {
    const time = options.time && Math.max(0.001, ends - performance.now() / 1000)
    return drive(io, asked, { ...options, time }, { ...limits, ...limitsOf(options) })
  }
  const { done, left } = await proveMutants(question, one, isOver, (line) => {
    if (!options.json) printMutant(io, line)
  })
  if (options.json) printJson(io, { format: 1, version: packageVersion(), mutants: done, left })
  else io.stdout.write(`\n${summaryOf(done, left)}\n`)
  if (io.signal.aborted) return EXIT.interrupted
  if (done.some((line) => !isExplained(line) && line.verdict === 'not refuted'))
    return EXIT.violated
  return left > 0 || !done.every(isExplained) ? EXIT.incomplete : EXIT.ok
}

/** A mutant, or a system repaired. @throws UsageError, UnknownNameError */
async function changeFrom(io: Io, name: string): Promise<NamedMutant> {
  const mutant = repairedSystems.find((one) => one.name === name)
  return mutant ? { mutant, foreign: false } : mutantFrom(io.cwd, name)
}

/** @throws UsageError, UnknownNameError */
function questionOf(name: string, named: NamedMutant | undefined, options: ProveOptions): Question {
  const system = systemNamed(name)
  if (named && named.mutant.system !== name)
    throw new UsageError(
      `mutant ${named.mutant.name} is one of ${named.mutant.system}, not ${name}`,
    )
  if (options.threads > 2) throw new UsageError(`--threads ${options.threads}: 1 or 2 are allowed`)
  if (options.pages > 2) throw new UsageError(`--pages ${options.pages}: 1 or 2 are allowed`)
  const question: Question = {
    system,
    mutant: named?.mutant,
    foreign: named?.foreign,
    threads: options.threads,
    pagesPerTable: options.pages,
    operations: (options.operations ?? USUAL).map(operationNamed),
    options: optionsOf(options.option ?? []),
    properties: options.property?.map(alwaysNamed),
  }
  try {
    abstractModel(question, 'only')
  } catch (error) {
    if (error instanceof ProofError) throw new UsageError(error.message)
    throw error
  }
  return question
}

/** @throws UsageError */
function operationNamed(name: string): OperationName {
  const found = OPERATIONS.find((operation) => operation === name)
  if (found) return found
  throw new UsageError(`--operations ${name}: ${OPERATIONS.join(', ')} are allowed`)
}

/** @throws UsageError, UnknownNameError */
function alwaysNamed(name: string): string {
  if (propertyNamed(name).kind === 'always') return name
  throw new UsageError(`--property ${name}: only properties that hold in every state are proved`)
}

/** Options of scenarios. `parseScenario` checks their names and values. @throws UsageError */
function optionsOf(given: readonly string[]): Partial<Options> {
  const parts = given.map((text) => {
    const [, name, value] = /^(\w+)=(\w+)$/.exec(text) ?? []
    if (value === undefined) throw new UsageError(`--option ${text}: must be name=value`)
    if (value === 'true' || value === 'false') return [name, value === 'true']
    return [name, /^\d+$/.test(value) ? Number(value) : value]
  })
  return Object.fromEntries(parts) as Partial<Options>
}

/** The limits that were asked for, and no others. */
function limitsOf({ maxStates, maxMemory, simulated, seed }: ProveOptions): ProofLimits {
  return {
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(maxMemory === undefined ? {} : { maxBytes: maxMemory }),
    ...(simulated === undefined ? {} : { simulated }),
    ...(seed === undefined ? {} : { seed }),
  }
}

async function drive(
  io: Io,
  question: Question,
  options: ProveOptions,
  asked: ProofLimits = limitsOf(options),
  certificate?: CertificateOutput,
): Promise<ProofResult> {
  const seconds = () => performance.now() / 1000
  const start = seconds()
  const { time, workers = 1 } = options
  const line = new ProgressLine(io, (options.quiet || options.json) ?? false, seconds)
  const helpers = workers > 1 ? workerThreads(workers - 1) : undefined
  const limits = { ...asked, workers: helpers }
  let shown = ''
  try {
    return await prove(question, limits, {
      seconds,
      certify:
        certificate &&
        (async (position, graph) =>
          certificate.put(await positionCertificate(question, position, graph))),
      pause: async (what, states) => {
        if (what !== shown) line.end()
        if (what !== shown) line.begin(`${question.system.name}  ${what}`)
        shown = what
        line.show({
          count: states,
          text: (rate) => `${states.toLocaleString('en')} states (${rate})`,
        })
        await setImmediate()
        if (io.signal.aborted) return 'interrupted'
        return time !== undefined && seconds() - start >= time ? `--time ${time}s` : null
      },
    })
  } finally {
    line.end()
    await helpers?.close()
  }
}
