/** `forkcheck compare`: worst cases and verdicts, system beside system. */
import { setImmediate } from 'node:timers/promises'
import type { Command } from 'commander'
import { systems } from '../../model/index.js'
import {
  type Comparison,
  compare,
  comparisonTable,
  HEADINGS,
  SUBJECTS,
} from '../../runs/compare/comparison.js'
import { MEASURES } from '../../runs/compare/stall.js'
import { judgedOf, type Verdict, Verdicts } from '../../runs/compare/verdicts.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { named } from '../../runs/names.js'
import type { Subject } from '../../runs/subject.js'
import { comparisonPlots } from '../../story/render/plots.js'
import { comparisonResults } from '../../story/render/results.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'
import { names, positive } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { writePicture } from '../picture-file.js'
import { resultsPage } from '../report-page.js'
import { table } from '../table.js'
import { type ClaimsOptions, compareClaims } from './compare-claims.js'
import { compareOwn, interruptedBeforeEnd, MOST_STATES } from './compare-own.js'

interface CompareOptions extends ClaimsOptions {
  readonly model?: string
  readonly claims?: boolean
}

/** More PMDs than this make state graphs that do not fit into a minute. */
const MOST_PMDS = 8
const PMDS = 6

/** Adds the command. `exit` is called with the exit code. */
export function addCompare(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('compare')
    .description("each operation's worst case over all interleavings, and how it grows with memory")
    .option(...MODEL)
    .option('--system <name...>', 'these systems only', names)
    .option(
      '--operation <name...>',
      `these only: ${SUBJECTS.join(', ')}; of a model of your own, its measures`,
      names,
    )
    .option(
      '--pmds <n>',
      `from 1 up to this many PMDs (at most ${MOST_PMDS}, default: ${PMDS}); not with --model`,
      pmds,
    )
    .option('--properties', 'instead: the verdict on each property over all standard scenarios')
    .option('--claims', 'instead: what articles about snapshots say, asked of each system')
    .option('--scenario <name...>', 'with --properties or --model: in these scenarios only', names)
    .option(
      '--max-states <n>',
      'with --properties or --model: leave a larger scenario unfinished',
      positive,
    )
    .option('--json', 'print one JSON document, for plots')
    .option('--svg <file>', 'also draw how each worst case grows, as SVG or PNG')
    .option('--html <file>', 'also write a page with tables and plots')
    .action(async (options: CompareOptions) => exit(await compared(io, options)))
}

async function compared(io: Io, options: CompareOptions): Promise<number> {
  const subject = await subjectFrom(io, options.model)
  if (subject !== forkMachine && options.pmds !== undefined)
    throw new UsageError('--pmds: is about the fork machine; not with --model')
  if (options.claims) {
    if (subject === forkMachine) return compareClaims(io, options)
    throw new UsageError('--claims: is about the fork machine; not with --model')
  }
  if (options.properties) return compareProperties(io, subject, options)
  return subject === forkMachine ? compareAll(io, options) : compareOwn(io, subject, options)
}

async function compareProperties(
  io: Io,
  subject: Subject,
  options: CompareOptions,
): Promise<number> {
  if (options.operation || options.svg !== undefined || options.html !== undefined)
    throw new UsageError(
      '--properties: is about all scenarios; --operation, --svg and --html are not for it',
    )
  const { systems, scenarios } = subject
  const chosen = options.system?.map((name) => named('system', systems, name)) ?? systems
  const among = options.scenario?.map((name) => named('scenario', scenarios, name)) ?? scenarios
  const rows: Verdict[] = []
  for (const system of chosen) {
    const verdicts = new Verdicts(system, subject)
    for (const scenario of among) {
      // An interrupt is noticed between two scenarios.
      await setImmediate()
      if (io.signal.aborted) return interruptedBeforeEnd(io)
      verdicts.look(scenario, options.maxStates ?? MOST_STATES)
    }
    rows.push(...verdicts.rows())
  }
  if (options.json) printJson(io, { format: 1, version: packageVersion(), rows })
  else {
    const lines = judgedOf(subject).map(({ name: property }) => {
      const cells = rows.filter((row) => row.property === property)
      return [property, ...cells.map(verdictText)]
    })
    io.stdout.write(table(['property', ...chosen.map(({ name }) => name)], lines, []))
  }
  return rows.some(({ verdict }) => verdict === 'incomplete') ? EXIT.incomplete : EXIT.ok
}

const verdictText = ({ verdict, scenario }: Verdict) =>
  scenario === undefined ? verdict : `fails in ${scenario}`

function pmds(text: string): number {
  const most = Number(text)
  if (Number.isInteger(most) && most >= 1 && most <= MOST_PMDS) return most
  throw new UsageError(`--pmds ${text}: a whole number from 1 to ${MOST_PMDS} is allowed`)
}

async function compareAll(io: Io, options: CompareOptions): Promise<number> {
  for (const option of ['scenario', 'maxStates'] as const)
    if (options[option] !== undefined)
      throw new UsageError(
        `--${option === 'scenario' ? option : 'max-states'}: is for --properties`,
      )
  const chosen = options.system?.map(systemNamed) ?? systems
  const subjects = options.operation ?? SUBJECTS
  for (const name of subjects)
    if (!SUBJECTS.includes(name))
      throw new UsageError(`no such operation: ${name}; there are ${SUBJECTS.join(', ')}`)
  const { svg, html } = options
  checkOutputs(io, { '--svg': svg, '--html': html })
  const rows: Comparison[] = []
  for (const subject of subjects)
    for (const system of chosen)
      for (let n = 1; n <= (options.pmds ?? PMDS); n++) {
        // An interrupt is noticed between two graphs.
        await setImmediate()
        if (io.signal.aborted) break
        rows.push(compare(system, subject, n))
      }
  if (options.json) {
    const finite = rows.map((row) => ({
      ...row,
      waits: Number.isFinite(row.waits) ? row.waits : null,
    }))
    printJson(io, { format: 1, version: packageVersion(), rows: finite })
  } else io.stdout.write(comparisonText(rows))
  if (svg !== undefined && rows.length > 0) await writePicture(io, svg, comparisonPlots(rows))
  if (html !== undefined)
    writeText(io, html, resultsPage(comparisonResults(rows, packageVersion())))
  return io.signal.aborted ? interruptedBeforeEnd(io) : EXIT.ok
}

/** One table for each measure: operations and systems down, PMDs across. */
function comparisonText(rows: readonly Comparison[]): string {
  return MEASURES.map((measure) => {
    const { head, rows: lines } = comparisonTable(rows, measure)
    return `${HEADINGS[measure]}\n${table(head, lines, head.slice(2))}`
  }).join('\n')
}
