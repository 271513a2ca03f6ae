/** What a proof says: what was shown, and everything that stays bounded. */
import type { Question } from './models.js'
import { FAMILIES } from './operations.js'
import type { ProofResult } from './prove.js'

/** The bounds of a proof, each with what it is bounded to. */
export function boundsOf({ question }: ProofResult): Readonly<Record<string, unknown>> {
  const { threads, pagesPerTable, operations, options } = question
  return {
    'page tables of the VMA': 'any number',
    'parent threads': threads,
    copiers: options.copiers ?? 1,
    children: 1,
    forks: 1,
    'pages a table': pagesPerTable,
    operations: [...operations],
    'length of a program': 'any',
    'failing allocations': 'any number, anywhere, from one moment on',
    killed: 'the child, at any moment',
    'other VMAs': 'any number: their locks and their failures are felt, they are not looked at',
    options: { ...options },
  }
}

/** What no proof of this kind speaks of. */
export const NOT_COVERED: readonly string[] = [
  'liveness and deadlocks',
  'why an access or a call fails (accessesFailForAReason, callsDoWhatIsAsked)',
  'frames and tables that two page tables share',
  'two VMAs with a table in common, and VMAs that are cut or joined at a page of the table',
  'threads of the kernel, pins, swap, huge pages',
]

/** The last line. */
export function proofEnd(result: ProofResult): string {
  const { question, verdict, reason } = result
  if (verdict === 'violated') return `violated: ${reason}`
  if (verdict === 'incomplete') return `NOT PROVED: ${reason}`
  const what =
    question.properties === undefined
      ? `${result.properties.length} properties proved`
      : `proved: ${result.properties.join(', ')}:`
  return `${what} for any number of page tables and operations (${boundsText(question)})`
}

/** The bounds in one line. */
export function boundsText({ threads, pagesPerTable, operations, options }: Question): string {
  const chosen = Object.entries(options).map(([name, value]) => `${name} ${value}`)
  return [
    `parent threads ${threads}`,
    `copiers ${options.copiers ?? 1}`,
    'children 1',
    'forks 1',
    `pages a table ${pagesPerTable}`,
    `operations ${operations.join(' ')}`,
    ...chosen,
  ].join(', ')
}

/** A proof as `prove --json` prints it. */
export function proofData(result: ProofResult): object {
  const { question, verdict, reason, properties, positions, environment, simulations } = result
  return {
    system: question.system.name,
    mutant: question.mutant?.name ?? null,
    verdict,
    reason,
    bounds: boundsOf(result),
    notCovered: NOT_COVERED,
    properties,
    positions,
    environment,
    simulations,
    counterexample: counterexampleData(result),
  }
}

function counterexampleData({ counterexample }: ProofResult): object | null {
  if (!counterexample) return null
  const { near, ...abstract } = counterexample
  const { whole, part, found } = near
  return {
    ...abstract,
    concrete: found && {
      tables: found.tables,
      scenario: found.setup?.scenario ?? null,
      explanation: found.counterexample.explanation,
      schedule: found.counterexample.trace.schedule,
    },
    searched: { whole, part },
  }
}

/** The operations in words. */
export function operationsText({ operations }: Question): string {
  return operations.map((name) => `${name}: ${FAMILIES[name].says}`).join('; ')
}
