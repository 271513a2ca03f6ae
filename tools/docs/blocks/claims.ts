/** What articles say about snapshots, each with what the model answers. */
import { systems } from '../../../model/index.js'
import { claimRow, claims, systemsOf, totalText } from '../../../runs/compare/claims.js'
import { TOTALS } from '../../../runs/compare/totals.js'
import { type Block, markdownTable } from '../block.js'

export const claimBlocks: readonly Block[] = [
  {
    page: 'docs/claims.md',
    name: 'claims',
    content: () =>
      claims
        .map((claim) => {
          const head = ['system', ...claim.values.map(String)]
          const rows = systemsOf(claim, systems).map(({ name }) => [
            `\`${name}\``,
            ...claimRow(claim, name).values.map(totalText),
          ])
          return `## ${claim.name}\n\n> ${claim.says}\n\n${TOTALS[claim.total]}, at worst. Across: ${claim.along}.\n\n${markdownTable(head, rows)}\n\n${claim.answer}`
        })
        .join('\n\n'),
  },
]
