/** What standard scenarios are written with. */
import type { ProcessOperation, ScenarioInput } from '../scenario.js'

/** A scenario of the standard suite. Its format is the current one. */
export type StandardScenario = Omit<ScenarioInput, 'format'>

/** A program that reads pages, in this order. */
export function readAll(...pages: number[]): ProcessOperation[] {
  return pages.map((page) => ({ do: 'read', page }))
}

/** A program that writes pages, in this order. */
export function writeAll(...pages: number[]): ProcessOperation[] {
  return pages.map((page) => ({ do: 'write', page }))
}

/** Memory of this many pages, all in one writable VMA and populated. */
export function oneVma(pages: number): Pick<StandardScenario, 'pages' | 'vmas'> {
  return { pages, vmas: [{ from: 0, to: pages }] }
}
