/** Systems side by side in one table, each cell with the command that shows it. */
import { check } from '../../checker/index.js'
import { repairs, type System } from '../../model/index.js'
import { snapshotModel } from '../fork-machine/model.js'
import { scenarioNamed } from '../fork-machine/names.js'
import { type Comparison, compare } from './comparison.js'
import type { Measure } from './stall.js'
import { JUDGED, type Verdict } from './verdicts.js'

/** One cell: what it says, and the arguments of `forkcheck` that show it. */
interface Cell {
  readonly text: string
  readonly command: string
}

/** One line: a question, and each system's answer. */
export interface Line {
  readonly question: string
  readonly cells: readonly Cell[]
}

/** Sizes at which growth is looked at: PMDs of the heap. */
const SIZES = [1, 2, 3]

const COSTS: readonly (readonly [string, string, Measure])[] = [
  ['fork: tables the parent copies', 'fork', 'tables'],
  ['a write after fork: tables it copies', 'a write', 'tables'],
  ['a write after fork: faults', 'a write', 'faults'],
  ['a write after fork: steps of others it waits for', 'a write', 'waits'],
  ['page tables in use while the heap is written to', 'a write', 'inUse'],
  ['an mmap beside the heap: tables it copies', 'an mmap beside the heap', 'tables'],
  ['an mmap beside the heap: steps of others it waits for', 'an mmap beside the heap', 'waits'],
]

/** Questions about memory that runs out, and the scenarios that answer them. */
const FAILURES: readonly (readonly [string, string])[] = [
  ['fork itself finds no memory', 'fork-fails'],
  ['any allocation fails, at any time', 'any-two-fail'],
  ['no fault finds memory any more', 'out-of-memory'],
]

/** Rules by which failures end, in words. */
const ENDS = [
  ['forkFailReturn', 'fork returns an error'],
  ['copierDies', 'the child is killed'],
  ['faultFail', 'the fault fails'],
] as const

/** The table for some systems. */
export function sideBySide(systems: readonly System[]): Line[] {
  const seen = new Map<string, readonly Comparison[]>()
  const costs = (system: System, subject: string) => {
    const key = `${system.name} ${subject}`
    const found = seen.get(key) ?? SIZES.map((n) => compare(system, subject, n))
    seen.set(key, found)
    return found
  }
  return [
    { question: 'the snapshot is right', cells: systems.map(verdictOf) },
    ...COSTS.map(([question, subject, measure]) => ({
      question,
      cells: systems.map((system) =>
        costOf(
          system,
          costs(system, subject).map((row) => row[measure]),
        ),
      ),
    })),
    ...FAILURES.map(([question, scenario]) => ({
      question,
      cells: systems.map((system) => failureOf(system, scenario)),
    })),
  ]
}

/** The verdict on each property, for some systems in order. */
export function propertyLines(rows: readonly Verdict[]): Line[] {
  return JUDGED.map((property) => ({
    question: `\`${property}\``,
    cells: rows.filter((row) => row.property === property).map(verdictCell),
  }))
}

function verdictCell({ system, property, verdict, scenario = '' }: Verdict): Cell {
  const text = verdict === 'fails' ? `fails in \`${scenario}\`` : verdict
  const command =
    verdict === 'not asked'
      ? 'list properties --json'
      : `check ${scenario} --system ${system} --property ${property}`.replace('  ', ' ')
  return { text, command }
}

/** The known flaws of a system. */
function verdictOf(system: System): Cell {
  const flaws = repairs.filter((repair) => repair.system === system.name)
  if (flaws.length === 0)
    return { text: 'in every standard scenario', command: `check --system ${system.name}` }
  const known = flaws.filter(({ origin }) => origin === 'documented' || origin === 'confirmed')
  const text = `no: ${known.length} documented or confirmed flaws, ${flaws.length - known.length} candidates`
  return { text, command: `mutants ${flaws.map((flaw) => flaw.name).join(' ')}` }
}

/** A worst case at each size: one number where it does not grow. */
function costOf({ name }: System, values: readonly number[]): Cell {
  return { text: grown(values), command: `compare --system ${name} --pmds ${SIZES.length}` }
}

function grown(values: readonly number[]): string {
  if (values.some((value) => !Number.isFinite(value))) return 'no bound'
  return values.every((value) => value === values[0]) ? String(values[0]) : values.join(', ')
}

/** The outcome when memory runs out in a scenario. */
function failureOf(system: System, scenario: string): Cell {
  const model = snapshotModel({ system, scenario: scenarioNamed(scenario) })
  const { fired, counterexamples } = check(model)
  const [found] = counterexamples
  const text = found
    ? `${found.property} fails`
    : ENDS.filter(([rule]) => fired[rule] > 0)
        .map(([, end]) => end)
        .join('; ')
  return { text, command: `check ${scenario} --system ${system.name}` }
}
