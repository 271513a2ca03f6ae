/** Results of a command for a page: sentences, tables and pictures, as plain data. */
import type { Verdict } from '../../checker/model.js'
import { checkCommand, type Origins } from '../../runs/commands.js'
import { type Comparison, comparisonTable, HEADINGS } from '../../runs/compare/comparison.js'
import { type Measured, measuresTable } from '../../runs/compare/measures.js'
import { MEASURES } from '../../runs/compare/stall.js'
import { alsoViolatedOn, replay } from '../../runs/replay.js'
import { failedProperties, type Outcome, type Run } from '../../runs/run.js'
import type { Setup } from '../../runs/subject.js'
import { type Report, reportOf } from '../report.js'
import { MOST_NODES } from '../state-graph.js'
import { storyOf } from '../story.js'
import { type Kill, killPlot, levelPlot, measuresPlot, stallPlot } from './plots.js'
import { statesPicture } from './state-pictures.js'
import { storyText } from './text.js'

export interface Results {
  readonly format: 1
  /** Of forkcheck. */
  readonly version: string
  readonly title: string
  /** The whole result, in a sentence. */
  readonly says: string
  readonly verdict: Verdict | null
  readonly sections: readonly Section[]
}

/** A part of the page; one with a verdict can be folded away. */
interface Section {
  readonly title: string
  readonly verdict: Verdict | null
  readonly says: string
  readonly table: ResultTable | null
  readonly pictures: readonly Picture[]
  readonly stories: readonly ToldStory[]
}

interface ToldStory {
  /** As the command line prints it. */
  readonly text: string
  /** The same run to step through; null for a situation, which has no argument. */
  readonly report: Report | null
}

interface ResultTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

interface Picture {
  readonly title: string
  readonly svg: string
}

/** Of a check: each run with its levels, the graph of a small one, and the stories. */
export function checkResults(
  outcomes: readonly Outcome[],
  version: string,
  origins: (setup: Setup) => Origins = () => ({}),
): Results {
  const runs = outcomes.map(({ run }) => run)
  const counts = (['holds', 'violated', 'incomplete'] as const)
    .map((verdict) => [verdict, runs.filter((run) => run.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
  const worst = (['violated', 'incomplete', 'holds'] as const).find((verdict) =>
    runs.some((run) => run.verdict === verdict),
  )
  return {
    format: 1,
    version,
    title: 'forkcheck check',
    says: counts.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'nothing was run',
    verdict: worst ?? null,
    sections: outcomes.map((outcome) => runSection(outcome, version, origins(outcome.setup))),
  }
}

function runSection(outcome: Outcome, version: string, origins: Origins): Section {
  const { run, setup, model, counterexamples, witnesses } = outcome
  const textOf = (found: Found | Outcome['witnesses'][number]) =>
    storyText(storyOf(setup, model, found.trace, found))
  const title = [run.system, run.scenario, run.mutant].filter(Boolean).join(' / ')
  const levels = run.levels.length > 0 ? levelPlot(title, run.levels) : null
  const isSmall = run.states > 0 && run.states <= MOST_NODES
  return {
    title,
    verdict: run.verdict,
    says: runSays(run),
    table: null,
    pictures: [
      ...(levels ? [{ title: `${title} levels`, svg: levels }] : []),
      ...(isSmall ? [{ title: `${title} states`, svg: statesPicture(model) }] : []),
    ],
    stories: [
      ...counterexamples.map((found) => ({
        text: textOf(found),
        report: reportFor(outcome, found, version, origins),
      })),
      ...witnesses.map((found) => ({ text: textOf(found), report: null })),
    ],
  }
}

type Found = Outcome['counterexamples'][number]

/** The report that `explain --format html` would write of a violation. */
function reportFor(
  { setup, model }: Outcome,
  { property, trace }: Found,
  version: string,
  origins: Origins,
): Report {
  const { schedule, loopStart } = trace
  const alsoViolated = alsoViolatedOn(model, trace, property)
  const replayed = replay(model, { property, schedule, loopStart, alsoViolated })
  const command = checkCommand(setup, { ...origins, properties: [property] })
  return reportOf({ setup, model, property, replay: replayed }, { version, command }, null)
}

function runSays(run: Run): string {
  const { states, transitions, depth, limit, verdict } = run
  const number = (count: number) => count.toLocaleString('en')
  const size = `${number(states)} states, ${number(transitions)} transitions, depth ${depth}`
  const failed = failedProperties(run).map(({ name, verdict: how }) => `${name} ${how}`)
  const parts = [size, ...run.remarks]
  if (verdict === 'incomplete') parts.push(`not everything was seen: ${limit}`)
  else if (failed.length > 0) parts.unshift(failed.join(', '))
  return parts.join('; ')
}

/** Of the mutants: who was caught by what, as a map and as a table. */
export function killResults(
  kills: readonly (Kill & { readonly soundTwinHolds: boolean })[],
  version: string,
): Results {
  const count = (is: (kill: (typeof kills)[number]) => boolean) => kills.filter(is).length
  const caught = count((kill) => kill.caught)
  const sound = count((kill) => kill.soundTwinHolds)
  const rows = kills.map(({ name, caught: is, property, steps, soundTwinHolds }) => [
    name,
    is ? 'caught' : 'NOT CAUGHT',
    property ?? '-',
    String(steps ?? '-'),
    soundTwinHolds ? 'holds' : 'DOES NOT HOLD',
  ])
  const section = {
    title: 'the kill matrix',
    verdict: null,
    says: 'Each mutant under the property that caught it; the longer its story, the darker.',
    table: { head: ['mutant', 'result', 'by property', 'steps', 'sound twin'], rows },
    pictures: [{ title: 'kill matrix', svg: killPlot(kills) }],
    stories: [],
  }
  return {
    format: 1,
    version,
    title: 'forkcheck mutants',
    verdict: null,
    says: `${caught} of ${kills.length} mutants caught, ${sound} of ${kills.length} sound twins hold`,
    sections: [section],
  }
}

/** Of a comparison: a plot and a table for each measure. */
export function comparisonResults(rows: readonly Comparison[], version: string): Results {
  return {
    format: 1,
    version,
    title: 'forkcheck compare',
    verdict: null,
    says: 'The worst case of each operation over all interleavings, as memory grows.',
    sections: MEASURES.map((measure) => ({
      title: HEADINGS[measure],
      verdict: null,
      says: '',
      table: comparisonTable(rows, measure),
      pictures: [{ title: HEADINGS[measure], svg: stallPlot(rows, measure) }],
      stories: [],
    })),
  }
}

/** Of the measures of a model of the user's own. */
export function measuresResults(rows: readonly Measured[], version: string): Results {
  const section = {
    title: 'worst cases',
    verdict: null,
    says: 'The greatest value of each measure over all interleavings.',
    table: measuresTable(rows),
    pictures: [{ title: 'worst cases', svg: measuresPlot(rows) }],
    stories: [],
  }
  return {
    format: 1,
    version,
    title: 'forkcheck compare',
    verdict: null,
    says: section.says,
    sections: [section],
  }
}
