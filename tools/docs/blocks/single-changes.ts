/** docs/single-changes.md: what became of the single changes of async-fork. */
import { systems } from '../../../model/index.js'
import { systematicMutants } from '../../../runs/mutation/systematic.js'
import { type Block, markdownTable } from '../block.js'
import { explained, type KeptChange, keptChanges, OWNERS, type Owner } from '../single-changes.js'

/** What there is to change, by owner. */
const SAYS: Readonly<Record<Owner, string>> = {
  system: "async-fork's own text",
  kernel: 'the text of the kernel',
}

const KINDS = ['caught', 'same graph', 'same behaviour', 'survivor', 'error'] as const

const changesOf = (of: Owner) => {
  const system = systems.find(({ name }) => name === 'async-fork')
  return system ? systematicMutants(system, of) : []
}

function figures(): string {
  const rows = OWNERS.map((of) => {
    const kept = keptChanges().filter((change) => change.of === of)
    const number = (kind: KeptChange['is']) => `${kept.filter(({ is }) => is === kind).length}`
    return [SAYS[of], `${changesOf(of).length}`, `${kept.length}`, ...KINDS.map(number)]
  })
  return markdownTable(['changes of', 'all', 'judged', ...KINDS], rows)
}

function survivors(): string {
  const why = explained()
  const rows = OWNERS.flatMap((of) => {
    const says = new Map(changesOf(of).map((change) => [change.name, change.says]))
    return keptChanges()
      .filter((change) => change.of === of && change.is === 'survivor')
      .map(({ name, scenario }) => [
        `\`${name}\``,
        says.get(name) ?? 'is no longer in the text',
        `\`${scenario}\``,
        why[name] ?? '',
      ])
  })
  return markdownTable(['change', 'it says', 'differs in', 'why it cannot matter'], rows)
}

const page = 'docs/single-changes.md'
export const singleChangeBlocks: readonly Block[] = [
  { page, name: 'figures of single changes', content: figures },
  { page, name: 'survivors', content: survivors },
]
