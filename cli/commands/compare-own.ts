/** `forkcheck compare --model`: the worst cases that a model of the user's own measures. */
import { setImmediate } from 'node:timers/promises'
import { type Measured, measured, measuresOf, measuresTable } from '../../runs/compare/measures.js'
import { named } from '../../runs/names.js'
import type { Setup, Subject } from '../../runs/subject.js'
import { measuresPlot } from '../../story/render/plots.js'
import { measuresResults } from '../../story/render/results.js'
import { EXIT, interrupted, oneLine, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { checkOutputs, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { writePicture } from '../picture-file.js'
import { resultsPage } from '../report-page.js'
import { table } from '../table.js'

export interface CompareOwnOptions {
  readonly system?: readonly string[]
  /** Of the fork machine operations, of a model of the user's own measures. */
  readonly operation?: readonly string[]
  readonly scenario?: readonly string[]
  readonly maxStates?: number
  readonly json?: boolean
  readonly svg?: string
  readonly html?: string
}

/** Enough for every standard scenario. */
export const MOST_STATES = 500_000

export async function compareOwn(
  io: Io,
  subject: Subject,
  options: CompareOwnOptions,
): Promise<number> {
  const setups = setupsOf(subject, options)
  checkMeasures(subject, setups, options.operation)
  const { svg, html } = options
  checkOutputs(io, { '--svg': svg, '--html': html }, [subject.file?.file])
  const rows: Measured[] = []
  const tooLarge: string[] = []
  for (const setup of setups) {
    // An interrupt is noticed between two graphs.
    await setImmediate()
    if (io.signal.aborted) break
    try {
      rows.push(...measured(setup, subject.measures, options.maxStates ?? MOST_STATES))
    } catch (error) {
      if (!/is not whole: /.test(oneLine(error))) throw error
      tooLarge.push(oneLine(error))
    }
  }
  const chosen = rows.filter(({ measure }) => options.operation?.includes(measure) ?? true)
  if (options.json) {
    const finite = chosen.map((row) => ({
      ...row,
      worst: Number.isFinite(row.worst) ? row.worst : null,
    }))
    printJson(io, { format: 1, version: packageVersion(), rows: finite, notSeen: tooLarge })
  } else {
    if (chosen.length > 0) io.stdout.write(measuresText(chosen))
    for (const line of tooLarge) io.stdout.write(`not seen: ${line}\n`)
  }
  if (svg !== undefined) await writePicture(io, svg, measuresPlot(chosen))
  if (html !== undefined)
    writeText(io, html, resultsPage(measuresResults(chosen, packageVersion())))
  if (io.signal.aborted) return interruptedBeforeEnd(io)
  return tooLarge.length > 0 ? EXIT.incomplete : EXIT.ok
}

function setupsOf(subject: Subject, { system, scenario }: CompareOwnOptions): Setup[] {
  const { systems, scenarios } = subject
  const chosen = system?.map((name) => named('system', systems, name)) ?? systems
  const among = scenario?.map((name) => named('scenario', scenarios, name)) ?? scenarios
  return chosen.flatMap((one) =>
    among.map((scenario): Setup => ({ subject, system: one, scenario })),
  )
}

/** @throws UsageError where nothing is measured, or not what is asked for. */
function checkMeasures(
  { name, measures }: Subject,
  setups: readonly Setup[],
  wanted: readonly string[] = [],
): void {
  const known = [...new Set(setups.flatMap((setup) => measuresOf(setup, measures)))]
  if (known.length === 0)
    throw new UsageError(
      `${name} has no \`measures\` and no \`eventually\` property: compare --properties shows verdicts`,
    )
  const unknown = wanted.find((one) => !known.includes(one))
  if (unknown !== undefined)
    throw new UsageError(`no such measure: ${unknown}; there are ${known.join(', ')}`)
}

/** Measures and systems down, scenarios across. */
function measuresText(rows: readonly Measured[]): string {
  const { head, rows: lines } = measuresTable(rows)
  return table(head, lines, head.slice(2))
}

export function interruptedBeforeEnd(io: Io): number {
  return interrupted(io, 'operations that are not listed were not looked at')
}
