/** The comparison of systems, each cell with the command that shows it. */
import { systems } from '../../../model/index.js'
import { type Line, propertyLines, sideBySide } from '../../../runs/compare/side-by-side.js'
import type { Verdict } from '../../../runs/compare/verdicts.js'
import { type Block, markdownTable } from '../block.js'
import { readText } from '../files.js'

const page = 'docs/comparison.md'

/** The verdicts on properties need minutes: tools/docs/verdicts.ts writes them into this file. */
export function keptVerdicts(): readonly Verdict[] {
  return JSON.parse(readText('tools/docs/verdicts.json'))
}

let computed: { readonly costs: readonly Line[]; readonly properties: readonly Line[] } | undefined

function allLines() {
  computed ??= { costs: sideBySide(systems), properties: propertyLines(keptVerdicts()) }
  return computed
}

/** Every command once, in the order of the tables. */
function allCommands(): readonly string[] {
  const { costs, properties } = allLines()
  return [
    ...new Set([...costs, ...properties].flatMap(({ cells }) => cells.map((cell) => cell.command))),
  ]
}

function table(lines: readonly Line[], about: string): string {
  const commands = allCommands()
  return markdownTable(
    [about, ...systems.map(({ name }) => `\`${name}\``)],
    lines.map(({ question, cells }) => [
      question,
      ...cells.map(({ text, command }) => `[${text}](#c${commands.indexOf(command) + 1})`),
    ]),
  )
}

export const comparisonBlocks: readonly Block[] = [
  { page, name: 'costs', content: () => table(allLines().costs, 'at worst, with 1, 2, 3 PMDs') },
  { page, name: 'properties', content: () => table(allLines().properties, 'property') },
  {
    page,
    name: 'commands',
    content: () =>
      allCommands()
        .map((command, i) => `<a id="c${i + 1}"></a>${i + 1}. \`forkcheck ${command}\``)
        .join('\n'),
  },
]
