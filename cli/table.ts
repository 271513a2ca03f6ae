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

/**
 * The verdict of a run in a word. `unreached`: no property is violated, but a situation that the
 * scenario asks for never comes about. Programs read `violated` for both, and the properties.
 */
export function verdictWord(run: Run): Run['verdict'] | 'unreached' {
  if (run.verdict !== 'violated') return run.verdict
  return run.properties.some(({ verdict }) => verdict === 'violated') ? 'violated' : 'unreached'
}

function verdictText(run: Run, colors: Colors): string {
  const word = verdictWord(run)
  if (word === 'holds') return colors.green(word)
  return word === 'incomplete' ? colors.yellow(`${word} (${run.limit})`) : colors.red(word)
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
