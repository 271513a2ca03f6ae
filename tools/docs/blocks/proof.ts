/** docs/proof.md: what became of every mutant. */
import { boundsList, summaryOf } from '../../../cli/prove-mutants.js'
import { type Block, markdownTable } from '../block.js'
import { keptMutants } from '../proved-mutants.js'

function mutantTable(): string {
  const all = keptMutants()
  const rows = all.map(({ name, verdict, property, tables, bounds, needs }) => {
    const within = boundsList(bounds).join(', ')
    const says = verdict === 'refuted' ? `\`${property}\`` : `needs ${needs.join('; ')}`
    return [name, verdict, within, says, String(tables ?? '')]
  })
  const head = ['mutant', 'proof', 'within', 'by property, or why not', 'tables of a concrete run']
  return `${summaryOf(all, 0)}.\n\n${markdownTable(head, rows)}`
}

export const proofBlocks: readonly Block[] = [
  { page: 'docs/proof.md', name: 'mutants', content: mutantTable },
]
