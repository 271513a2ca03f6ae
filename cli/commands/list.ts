/** `forkcheck list`: what there is to choose from. */
import type { Command } from 'commander'
import type { Rule } from '../../checker/model.js'
import { assumedIn, mutants, type System } from '../../model/index.js'
import { kernelRoutines, operations } from '../../model/kernel/index.js'
import { withHooks } from '../../model/rule.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { named } from '../../runs/names.js'
import type { AnyState, Subject, SystemInfo } from '../../runs/subject.js'
import { UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'
import { names } from '../options.js'
import { packageVersion } from '../package.js'
import { table } from '../table.js'

/** A row, as data. */
type Row = Readonly<Record<string, unknown>>

/** A kind of things: as data, and which of their fields make the table. */
interface Listing {
  readonly rows: (subject: Subject, chosen: readonly SystemInfo[]) => readonly Row[]
  readonly columns: readonly string[]
}

const kinds: Readonly<Record<string, Listing>> = {
  systems: {
    rows: (subject, chosen) =>
      chosen.map((system) => ({
        name: system.name,
        says: system.says,
        ...(subject === forkMachine ? ofForkMachine(system as System) : {}),
      })),
    columns: ['name', 'says', 'kernel', 'assumed'],
  },
  scenarios: {
    rows: ({ scenarios }) => scenarios.map((one) => ({ ...one })),
    columns: ['name', 'says'],
  },
  mutants: {
    rows: (subject, chosen) =>
      listedMutants(subject)
        .filter(({ system }) => chosen.some(({ name }) => name === system))
        .map(({ name, system, says, scenario, breaks, origin, source }) => ({
          name,
          system,
          says,
          scenario,
          breaks,
          origin,
          source,
        })),
    columns: ['name', 'system', 'scenario', 'says'],
  },
  properties: {
    rows: ({ properties, systems, concerns }, chosen) =>
      properties
        .map((property) => ({
          name: property.name,
          kind: property.kind,
          says: property.says,
          systems: systems.filter((system) => concerns(property, system)).map(({ name }) => name),
        }))
        .filter((property) => chosen.some(({ name }) => property.systems.includes(name))),
    columns: ['name', 'kind', 'says'],
  },
  operations: {
    rows: () =>
      operations.map((operation) => ({
        name: operation.name,
        by: operation.by,
        arguments: Object.keys(operation.arguments),
        says: operation.says,
      })),
    columns: ['name', 'by', 'arguments', 'says'],
  },
  routines: {
    rows: (_, chosen) => routinesOf(chosen as readonly System[]),
    columns: ['name', 'system', 'says'],
  },
  actions: {
    rows: (subject, chosen) =>
      chosen.flatMap((system) =>
        rulesOf(subject, system).map((rule) => ({
          name: rule.name,
          system: system.name,
          at: rule.at ?? null,
          to: rule.to ?? null,
          parameters: rule.for ?? [],
          source: rule.source ?? null,
        })),
      ),
    columns: ['name', 'system', 'at', 'to', 'source'],
  },
}

/** What else is told of a system of the fork machine. */
function ofForkMachine(system: System): Row {
  const assumptions = assumedIn(system)
  const { kernel = 'any', fixed = {} } = system
  return { kernel, fixed, assumed: assumptions.length, assumptions }
}

/** The mutants that are seeded bugs; of the fork machine not those that mend its systems. */
function listedMutants(subject: Subject): Subject['mutants'] {
  return subject === forkMachine ? mutants : subject.mutants
}

/** The routines of some systems, each once, with the facts of their places. */
function routinesOf(chosen: readonly System[]): readonly Row[] {
  const systemOf = new Map(kernelRoutines.map((routine) => [routine, 'all']))
  for (const { name, routines } of chosen)
    for (const routine of routines) if (!systemOf.has(routine)) systemOf.set(routine, name)
  return [...systemOf].map(([{ name, says, places }, system]) => ({ name, system, says, places }))
}

/** A rule, with its next place where it has only one. */
type ListedRule = Rule<AnyState> & { readonly to?: string }

/** All rules of a system: of the fork machine with its hooks, else those of all scenarios. */
function rulesOf(subject: Subject, system: SystemInfo): readonly ListedRule[] {
  if (subject === forkMachine) {
    const { rules, hooks } = system as System
    const next = new Map(rules.map(({ name, to }) => [name, to]))
    return withHooks(rules, hooks).map((rule) => ({ ...rule, to: next.get(rule.name) }))
  }
  const all = subject.scenarios.flatMap(
    (scenario) => subject.model({ subject, scenario, system }).rules,
  )
  return [...new Map(all.map((rule) => [rule.name, rule])).values()]
}

interface ListOptions {
  readonly model?: string
  readonly system?: readonly string[]
  readonly json?: boolean
}

/** Adds the command. */
export function addList(program: Command, io: Io): void {
  program
    .command('list')
    .description(
      'what there is: systems, scenarios, operations, mutants, properties, routines, actions',
    )
    .argument('[what]', Object.keys(kinds).join(', '))
    .option(...MODEL)
    .option('--system <name...>', 'of these systems only', names)
    .option('--json', 'print one JSON document')
    .action(async (what: string | undefined, options: ListOptions) => list(io, what, options))
}

async function list(io: Io, what: string | undefined, options: ListOptions): Promise<void> {
  const known = Object.keys(kinds)
  if (what === undefined || !known.includes(what))
    throw new UsageError(`list ${what ?? 'what'}: allowed are ${known.join(', ')}`)
  const kind = kinds[what]
  if (options.system && (what === 'scenarios' || what === 'operations'))
    throw new UsageError(`--system: ${what} are not of any one system`)
  if (options.model !== undefined && (what === 'operations' || what === 'routines'))
    throw new UsageError(`--model: ${what} are of the fork machine; list actions names the rules`)
  const subject = await subjectFrom(io, options.model)
  const { systems } = subject
  const rows = kind.rows(
    subject,
    options.system?.map((name) => named('system', systems, name)) ?? systems,
  )
  if (options.json) printJson(io, { format: 1, version: packageVersion(), [what]: rows })
  else io.stdout.write(listing(kind.columns, rows))
}

function listing(all: readonly string[], rows: readonly Row[]): string {
  const columns = all.filter((column) => rows.some((row) => column in row))
  const text = (value: unknown) =>
    value === null ? '-' : Array.isArray(value) ? value.join(', ') || '-' : String(value)
  return table(
    columns,
    rows.map((row) => columns.map((column) => text(row[column]))),
  )
}
