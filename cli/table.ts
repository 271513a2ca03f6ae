/** Tables without frames: columns, a line under the head. */
import Table from 'cli-table3'
import type { Run } from '../runs/run.js'
import type { Colors } from './io.js'

/** Rows under a head. Columns named in `right` are aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((name) => (right.includes(name) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: FRAMELESS,
  })
  drawn.push(...rows.map((row) => [...row]))
  return `${drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

/** One line for each run. */
export function runTable(runs: readonly Run[], colors: Colors): string {
  const numbers = ['states', 'transitions', 'depth', 'seconds']
  const rows = runs.map((run) => [
    run.scenario,
    verdictText(run, colors),
    run.states.toLocaleString('en'),
    run.transitions.toLocaleString('en'),
    String(run.depth),
    run.seconds.toFixed(2),
  ])
  return table(['scenario', 'verdict', ...numbers], rows, numbers)
}

function verdictText({ verdict, limit }: Run, colors: Colors): string {
  if (verdict === 'holds') return colors.green('holds')
  if (verdict === 'violated') return colors.red('violated')
  return colors.yellow(`incomplete (${limit})`)
}

const FRAMELESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
