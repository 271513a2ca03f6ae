/** The index of a corpus: what its README says. */
import { systems } from '../model/index.js'
import type { CounterexampleFile } from './counterexample.js'
import { markdownTarget, markdownText } from './escape.js'

/** A file of a corpus, by its path below the folder of the corpus. */
export interface Saved {
  readonly path: string
  readonly file: CounterexampleFile
}

/** How an index begins: a README that begins otherwise is somebody else's. */
export const INDEX_HEAD = '# Counterexamples\n'

/** The text of the README: one line for each file, by system and name. */
export function corpusIndex(saved: readonly Saved[]): string {
  const place = ({ file }: Saved) => systems.findIndex(({ name }) => name === file.system)
  const sorted = [...saved].sort((x, y) => place(x) - place(y) || (x.path < y.path ? -1 : 1))
  return [
    INDEX_HEAD,
    'One file each: the shortest way in which a mutant breaks a property. `forkcheck corpus check` replays',
    'them all, `forkcheck explain FILE` explains one. Made by `forkcheck mutants --out counterexamples`.',
    '',
    '| system | mutant | scenario | property | steps | why |',
    '|---|---|---|---|---|---|',
    ...sorted.map(row),
    '',
  ].join('\n')
}

function row({ path, file }: Saved): string {
  const { system, mutant, scenario, property, steps, explanation, expect } = file
  const link = `[${markdownText(property)}](${markdownTarget(path)})${expect === 'holds' ? ' holds again' : ''}`
  const [before, after] = [
    [system, mutant ?? '-', scenario],
    [String(steps), explanation],
  ]
  return `| ${[...before.map(markdownText), link, ...after.map(markdownText)].join(' | ')} |`
}
