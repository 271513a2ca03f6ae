/**
 * Checks as a JUnit report: one suite per run, one case per property. Unseen cases never pass.
 */
import type { PropertyResult } from '../../checker/model.js'
import { xmlText } from '../../runs/escape.js'
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
 * @param notStarted what runs are called that an interrupt kept from starting: errors.
 */
export function junit(reports: readonly Reported[], notStarted: readonly string[] = []): string {
  const suites = [...reports.map(suite), ...notStarted.map(missingSuite)]
  const counts = attributes({
    name: 'forkcheck',
    tests: sum(suites.map(({ tests }) => tests)),
    failures: sum(suites.map(({ failures }) => failures)),
    errors: sum(suites.map(({ errors }) => errors)),
    skipped: sum(suites.map(({ skipped }) => skipped)),
    time: sum(reports.map(({ run }) => run.seconds)).toFixed(3),
  })
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites${counts}>`]
  return `${[...lines, ...suites.flatMap(({ lines }) => lines), '</testsuites>'].join('\n')}\n`
}

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
  const cases = run.properties.map((property) => ({
    property,
    outcome: outcomeOf(report, property),
  }))
  const count = (kind: CaseStatus) => cases.filter(({ outcome }) => outcome?.kind === kind).length
  const name = suiteName(run)
  const [failures, errors, skipped] = [count('failure'), count('error'), count('skipped')]
  const time = run.seconds.toFixed(3)
  const head = attributes({ name, tests: cases.length, failures, errors, skipped, time })
  return {
    tests: cases.length,
    failures,
    errors,
    skipped,
    lines: [
      `  <testsuite${head}>`,
      ...remarks(run),
      ...cases.flatMap(({ property, outcome }) => testCase(name, property.name, outcome)),
      '  </testsuite>',
    ],
  }
}

function remarks(run: Run): string[] {
  if (run.remarks.length === 0) return []
  const lines = run.remarks.map(
    (value) => `      <property${attributes({ name: 'remark', value })}/>`,
  )
  return ['    <properties>', ...lines, '    </properties>']
}

/** A run that was not started has not passed. */
function missingSuite(name: string) {
  const counts = { tests: 1, failures: 0, errors: 1, skipped: 0 }
  const outcome: CaseOutcome = { kind: 'error', message: 'interrupted before it was run' }
  const lines = [
    `  <testsuite${attributes({ name, ...counts, time: '0.000' })}>`,
    ...testCase(name, 'everything', outcome),
    '  </testsuite>',
  ]
  return { ...counts, lines }
}

function testCase(suite: string, property: string, outcome: CaseOutcome | null): string[] {
  const head = attributes({ classname: suite.replaceAll('/', '.'), name: property })
  if (outcome === null) return [`    <testcase${head}/>`]
  const { kind, message, text } = outcome
  const say = attributes({ message })
  const inner =
    text === undefined ? `<${kind}${say}/>` : `<${kind}${say}>${xmlText(text)}</${kind}>`
  return [`    <testcase${head}>`, `      ${inner}`, '    </testcase>']
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(String(value)).replaceAll('\n', ' ')}"`)
    .join('')
}
