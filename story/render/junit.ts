/**
 * Checks as a JUnit report: one suite per run, one case per property. Unseen cases never pass.
 */
import XMLBuilder from 'fast-xml-builder'
import type { PropertyResult } from '../../checker/model.js'
import { plainText } from '../../runs/escape.js'
import { failedProperties, type Run } from '../../runs/run.js'

/** A run and, where it violates a property, the story of that as text. */
export interface Reported {
  readonly run: Run
  readonly stories: ReadonlyMap<string, string>
}

type CaseStatus = 'failure' | 'error' | 'skipped'

interface CaseOutcome {
  readonly kind: CaseStatus
  readonly message: string
  readonly text?: string
}

/**
 * The document. It holds no date, so equal results differ in their times only.
 * @param notStarted names of runs that an interrupt kept from starting: errors.
 */
export function junit(reports: readonly Reported[], notStarted: readonly string[] = []): string {
  const suites = [...reports.map(suite), ...notStarted.map(missingSuite)]
  const sum = (count: (typeof COUNTS)[number]) =>
    suites.reduce((total, one) => total + one[`@${count}`], 0)
  const seconds = reports.reduce((total, { run }) => total + run.seconds, 0)
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'forkcheck',
      ...Object.fromEntries(COUNTS.map((count) => [`@${count}`, sum(count)])),
      '@time': seconds.toFixed(3),
      testsuite: suites,
    },
  })
}

const COUNTS = ['tests', 'failures', 'errors', 'skipped'] as const

/** In elements, keys with an `@` are attributes, and `#text` is the text inside. */
const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: true,
  // Else an attribute with the value `true` has no value.
  suppressBooleanAttributes: false,
})

/** The name of a run in a report. */
export function suiteName({
  system,
  scenario,
  mutant,
}: Pick<Run, 'system' | 'scenario' | 'mutant'>): string {
  return [system, scenario, mutant].filter((part) => part !== null).join('/')
}

function suite(report: Reported) {
  const { run } = report
  const name = suiteName(run)
  const outcomes = run.properties.map((property) => outcomeOf(report, property))
  const count = (kind: CaseStatus) => outcomes.filter((outcome) => outcome?.kind === kind).length
  return {
    '@name': attribute(name),
    '@tests': outcomes.length,
    '@failures': count('failure'),
    '@errors': count('error'),
    '@skipped': count('skipped'),
    '@time': run.seconds.toFixed(3),
    ...(run.remarks.length > 0 ? { properties: { property: run.remarks.map(remark) } } : {}),
    testcase: run.properties.map((property, i) => testCase(name, property.name, outcomes[i])),
  }
}

const remark = (text: string) => ({ '@name': 'remark', '@value': attribute(text) })

/** A run that was not started has not passed. */
function missingSuite(name: string) {
  const outcome: CaseOutcome = { kind: 'error', message: 'interrupted before it was run' }
  return {
    '@name': attribute(name),
    '@tests': 1,
    '@failures': 0,
    '@errors': 1,
    '@skipped': 0,
    '@time': '0.000',
    testcase: [testCase(name, 'everything', outcome)],
  }
}

function testCase(suite: string, property: string, outcome: CaseOutcome | null): object {
  const head = {
    '@classname': attribute(suite.replaceAll('/', '.')),
    '@name': attribute(property),
  }
  if (outcome === null) return head
  const { kind, message, text } = outcome
  const say = { '@message': attribute(message) }
  return { ...head, [kind]: text === undefined ? say : { ...say, '#text': plainText(text) } }
}

/** The outcome of a property; null when it passed. */
function outcomeOf({ run, stories }: Reported, property: PropertyResult): CaseOutcome | null {
  const { name, verdict, kind, explanation = '' } = property
  if (failedProperties(run).includes(property))
    return { kind: 'failure', message: explanation, text: stories.get(name) }
  if (verdict === 'holds') return null
  if (verdict === 'unreached') return { kind: 'skipped', message: unreached(kind) }
  if (run.verdict === 'incomplete')
    return { kind: 'error', message: `incomplete: ${run.limit ?? 'not everything was seen'}` }
  return { kind: 'skipped', message: 'not watched to the end of the state space' }
}

function unreached(kind: PropertyResult['kind']): string {
  return kind === 'sometimes' ? 'never reached, and not asked for' : 'no state asks for it'
}

/** Text for an attribute: on one line, without characters that XML does not allow. */
function attribute(text: string): string {
  return plainText(text).replaceAll('\n', ' ')
}
