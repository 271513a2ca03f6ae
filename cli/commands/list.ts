/** `forkcheck list`: what there is to choose from. */
import type { Command } from 'commander'
import { mutants, type System, scenarios, systems } from '../../model/index.js'
import { operations } from '../../model/kernel/index.js'
import { withHooks } from '../../model/rule.js'
import { allProperties, systemNamed, systemsAsked } from '../../runs/fork-machine/names.js'
import { UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { names } from '../options.js'
import { packageVersion } from '../package.js'
import { table } from '../table.js'

/** A kind of things: as data, and which of their fields make the table. */
interface Kind {
  readonly rows: (chosen: readonly System[]) => readonly Readonly<Record<string, unknown>>[]
  readonly columns: readonly string[]
}

const kinds: Readonly<Record<string, Kind>> = {
  systems: {
    rows: (chosen) => chosen.map(({ name, says }) => ({ name, says })),
    columns: ['name', 'says'],
  },
  scenarios: { rows: () => scenarios, columns: ['name', 'says'] },
  mutants: {
    rows: (chosen) =>
      mutants
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
    rows: (chosen) =>
      allProperties
        .map((property) => {
          const { name, kind, says } = property
          return { name, kind, says, systems: systemsAsked(property) }
        })
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
  actions: {
    rows: (chosen) =>
      chosen.flatMap((system) =>
        withHooks(system.rules, system.hooks).map((rule) => ({
          name: rule.name,
          system: system.name,
          at: rule.at ?? null,
          parameters: rule.for ?? [],
          source: rule.source ?? null,
        })),
      ),
    columns: ['name', 'system', 'at', 'source'],
  },
}

/** Adds the command. */
export function addList(program: Command, io: Io): void {
  program
    .command('list')
    .description('what there is: systems, scenarios, operations, mutants, properties, actions')
    .argument('[what]', Object.keys(kinds).join(', '))
    .option('--system <name...>', 'of these systems only', names)
    .option('--json', 'print one JSON document')
    .action((what: string | undefined, options: { system?: string[]; json?: boolean }) => {
      const known = Object.keys(kinds)
      if (what === undefined || !known.includes(what))
        throw new UsageError(`list ${what ?? 'what'}: allowed are ${known.join(', ')}`)
      const kind = kinds[what]
      if (options.system && (what === 'scenarios' || what === 'operations'))
        throw new UsageError(`--system: ${what} are not of any one system`)
      const rows = kind.rows(options.system?.map(systemNamed) ?? systems)
      if (options.json) printJson(io, { format: 1, version: packageVersion(), [what]: rows })
      else io.stdout.write(listing(kind.columns, rows))
    })
}

function listing(columns: readonly string[], rows: ReturnType<Kind['rows']>): string {
  const text = (value: unknown) =>
    value === null ? '-' : Array.isArray(value) ? value.join(', ') || '-' : String(value)
  return table(
    columns,
    rows.map((row) => columns.map((column) => text(row[column]))),
  )
}
