/** `forkcheck verify`: an independent look at a certificate. */
import type { Command } from 'commander'
import { fingerprint, RejectedError } from '../../checker/certificate/certificate.js'
import { confirmRefutation } from '../../checker/certificate/refute.js'
import { verify } from '../../checker/certificate/verify.js'
import { BUILT_IN_PROPERTIES, type Model, NO_DEADLOCK } from '../../checker/model.js'
import { certifiedQuestion, missingPositions } from '../../proof/certificate.js'
import { abstractModel, ProofError } from '../../proof/models.js'
import { headSchema, parsedLine, type Section, sectionSchema } from '../../runs/certificates.js'
import type { SnapshotSetup } from '../../runs/fork-machine/model.js'
import { mutantNamedIn, named } from '../../runs/names.js'
import { modelOf } from '../../runs/setup-model.js'
import type { AnyState, Setup } from '../../runs/subject.js'
import { Lines } from '../certificate.js'
import { EXIT, isUsage, oneLine, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { MODEL_OPTION } from '../model-file.js'
import { names, repeated } from '../options.js'
import { loadOutside, type Outside, type OutsideOptions } from '../outside.js'
import { givenProperties } from '../property-file.js'

interface VerifyOptions extends OutsideOptions {
  readonly property?: readonly string[]
  readonly json?: boolean
}

/** The verdict on the certificate of one run. */
interface Confirmed {
  readonly system: string
  readonly scenario: string
  readonly mutant: string | null
  readonly verdict: Section['verdict']
  readonly status: 'confirmed' | 'rejected' | 'none'
  /** The confirmed claim, or why it was not confirmed. */
  readonly says: string
}

/** Adds the command. `exit` is called with the exit code. */
export function addVerify(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('verify')
    .description('check a certificate of `check` or `prove` without trusting the search')
    .argument('<file>', 'a certificate')
    .option(...MODEL_OPTION)
    .option(
      '--property <name|file...>',
      'these must be certified (default: all of the model); a file adds properties of your own',
      names,
    )
    .option('--mutant <file.mjs>', 'where a mutant comes from', repeated)
    .option('--json', 'print one JSON document')
    .action(async (file: string, options: VerifyOptions) => {
      exit(await verifyFile(io, file, options))
    })
}

async function verifyFile(io: Io, file: string, options: VerifyOptions): Promise<number> {
  const properties = givenProperties(options.property)
  const outside = await loadOutside(io, { ...options, property: properties.files })
  const asked = properties.names.length > 0 ? properties.names : undefined
  const lines = new Lines(io, file)
  const found: Confirmed[] = []
  const sections: Section[] = []
  try {
    const { runs } = dataIn(headSchema, lines)
    for (let i = 0; i < runs; i++) {
      const section = dataIn(sectionSchema, lines)
      sections.push(section)
      const list = lines.take(section.verdict === 'holds' ? section.states : 0)
      const confirmed = await confirm(section, list, outside, asked, file)
      // Sections that were rejected before their lists were read.
      for (const _ of list);
      found.push(confirmed)
      if (!options.json) print(io, confirmed)
    }
    if (lines.next() !== null) throw new UsageError(`${file}: has more lines than its head says`)
  } finally {
    lines.close()
  }
  const count = (status: Confirmed['status']) => found.filter((one) => one.status === status).length
  const [rejected, none] = [count('rejected'), count('none')]
  if (options.json) printJson(io, { format: 1, file, runs: found })
  else {
    const counts = `${count('confirmed')} confirmed, ${rejected} rejected, ${none} without`
    io.stdout.write(`\n${counts}: every rule ran as it is written, on plain states\n`)
  }
  const missing = missingPositions(sections)
  if (missing.length > 0 && !options.json)
    io.stdout.write(`no proof: position ${missing.join(', ')} is missing\n`)
  if (rejected > 0 || found.some(({ verdict }) => verdict === 'violated')) return EXIT.violated
  return none > 0 || missing.length > 0 ? EXIT.incomplete : EXIT.ok
}

function print(io: Io, { system, scenario, mutant, status, says }: Confirmed): void {
  const what = [system, scenario, mutant && `mutant ${mutant}`].filter(Boolean).join(' ')
  io.stdout.write(`${status.padEnd(10)} ${what}: ${says}\n`)
}

/** @throws UsageError when the certificate speaks of what does not exist. */
async function confirm(
  section: Section,
  list: Iterable<string>,
  outside: Outside,
  properties: readonly string[] | undefined,
  file: string,
): Promise<Confirmed> {
  const { system, scenario, mutant, verdict } = section
  const about = { system, scenario, mutant, verdict }
  if (verdict === 'incomplete') return { ...about, status: 'none', says: section.reason }
  try {
    const model = modelIn(section, outside)
    const identity = await fingerprint(model)
    if (verdict === 'violated') {
      confirmRefutation(model, identity, section)
      const says = `violates ${section.property}, ${section.schedule.length} steps`
      return { ...about, status: 'confirmed', says }
    }
    // A proof says nothing of deadlocks.
    const all = [...model.properties, ...BUILT_IN_PROPERTIES]
      .map(({ name }) => name)
      .filter((name) => section.proof === undefined || name !== NO_DEADLOCK)
    const { states, transitions } = verify(model, identity, section, list, properties ?? all)
    const part = section.properties.length < all.length ? ` of ${all.length}` : ''
    const says = `${section.properties.length}${part} properties hold, ${states} states, ${transitions} steps`
    return { ...about, status: 'confirmed', says }
  } catch (error) {
    if (error instanceof RejectedError) return { ...about, status: 'rejected', says: error.message }
    if (isUsage(error) || error instanceof ProofError)
      throw new UsageError(`${file}: ${oneLine(error)}`)
    throw error
  }
}

/** @throws UsageError, ProofError when there is no such model. */
function modelIn(section: Section, outside: Outside): Model<AnyState> {
  const setup = setupIn(section, outside)
  if (section.proof === undefined) return modelOf(setup, section.situations)
  const parts = setup as unknown as Pick<SnapshotSetup, 'system' | 'mutant' | 'foreign'>
  return abstractModel(certifiedQuestion(section.proof, parts), section.proof.position).model
}

function setupIn(section: Section, { mutants, subjectOf }: Outside): Setup {
  const { scenarioData, model, proof } = section
  const subject = subjectOf(section)
  if (model !== undefined && subject.file === null)
    throw new UsageError(`its model comes from a file, ${model}: name it with --model FILE`)
  const setup = {
    ...(subject.file === null ? {} : { subject }),
    system: named('system', subject.systems, section.system),
    scenario: proof
      ? { name: section.scenario, says: '' }
      : scenarioData
        ? subject.parseScenario(scenarioData, 'scenarioData')
        : named('scenario', subject.scenarios, section.scenario),
  }
  if (section.mutant === null) return setup
  const given = mutants.find(({ name }) => name === section.mutant)
  const mutant = given ?? mutantNamedIn(subject, section.mutant)
  return { ...setup, mutant, foreign: given !== undefined }
}

function dataIn<T extends typeof headSchema | typeof sectionSchema>(schema: T, lines: Lines) {
  const line = lines.next()
  if (line === null) throw new UsageError(`${lines.file}: ends before its last run`)
  const parsed = parsedLine(schema, line)
  if ('data' in parsed) return parsed.data
  throw new UsageError(`${lines.file}:${lines.number}: ${parsed.wrong}`)
}
