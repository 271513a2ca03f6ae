/** The catalogue of documented bugs and candidates, each with the length of its shortest story. */
import { type Mutant, mutants, repairs } from '../../../model/index.js'
import { flaws } from '../../../reality/steer/flaws.js'
import type { Block } from '../block.js'
import { savedCorpus } from '../files.js'

const saved = () => savedCorpus().map(({ file }) => file)

/** What is not merely thought up, or has a documented bug behind it. */
const listed = [...mutants, ...repairs].filter(
  ({ origin, recalls }) => origin !== 'synthetic' || recalls !== undefined,
)

function steps(mutant: Mutant): number {
  const file = saved().find((found) =>
    mutant.repairs
      ? found.mutant === null &&
        found.system === mutant.system &&
        found.scenario === mutant.scenario &&
        found.property === mutant.breaks[0]
      : found.mutant === mutant.name,
  )
  if (!file) throw new Error(`${mutant.name} is not in the corpus`)
  return file.schedule.length
}

const LABELS = {
  documented: 'documented',
  confirmed: 'confirmed: found in this model, and shown on a running kernel',
  candidate: 'candidate: found in this model of the published source, not confirmed upstream',
  synthetic: 'a change that would bring back a documented bug',
}

const row = (mutant: Mutant) => {
  const command = mutant.repairs
    ? `check ${mutant.scenario} --system ${mutant.system}`
    : `check --mutant ${mutant.name}`
  const fixed = mutant.repairs
    ? `check ${mutant.scenario} --mutant ${mutant.name}`
    : mutant.on
      ? `check ${mutant.scenario} --mutant ${mutant.on.name}`
      : `check ${mutant.scenario} --system ${mutant.system}`
  const source = mutant.recalls ? `${mutant.source}; recalls ${mutant.recalls}` : mutant.source
  const shown = `; confirmed by \`reality confirm ${mutant.name}\``
  const from = mutant.name in flaws ? `${source}${shown}` : source
  return `| ${mutant.says} | ${from} | \`${command}\` | \`${mutant.breaks[0]}\`, ${steps(mutant)} steps | \`${fixed}\` |`
}

const HEAD = [
  '| what is wrong | from | broken | caught by, after | fixed twin, holds |',
  '|---|---|---|---|---|',
]

const section = (origin: Mutant['origin']) => {
  const rows = listed.filter((mutant) => mutant.origin === origin).map(row)
  return [
    `## ${LABELS[origin][0].toUpperCase()}${LABELS[origin].slice(1)}`,
    '',
    ...HEAD,
    ...rows,
  ].join('\n')
}

const LEFT_OUT = `## What does not fit, and why

| bug | why |
|---|---|
| CVE-2016-5195, Dirty COW | it ends in the page cache of a file; the machine has anonymous memory and devices only |
| fork and O_DIRECT | a page has one content here, so neighbouring bytes of one page cannot be told apart; the pinned page itself is \`linux-shares-pinned-pages\` |
| NUMA hints on pinned pages as first fixed | the machine's NUMA scan checks pins and counts; its missing flush is \`linux-samples-pinned-pages\` |
| missing flush in uffd-wp | userfaultfd write protection is not modelled; the law behind it, never copy while a writable translation may be cached, is broken by \`linux-no-flush\` and \`linux-migrates-without-flush\` |
| dup_mmap that fails half-way, CVE-2025-21709 | uprobes and maple-tree markers are not modelled; what fork leaves behind is \`linux-failed-fork-leaks\` |
| hugetlb reservations | hugetlbfs and its pool are not modelled |
| uffd-wp bits across fork | userfaultfd write protection is not modelled |
| CVE-2022-42703, reuse of anon_vma | reverse mappings look page tables up: there are no anon_vma trees |
| move_normal_pmd against retract_page_tables | page tables of file mappings are not modelled |
| flushes of every VMA on arm64 | it costs time and breaks nothing: fewer flushes hold, scenario \`slow-to-forget\` |
`

export const catalogueBlocks: readonly Block[] = [
  {
    page: 'docs/catalogue.md',
    name: 'catalogue',
    content: () =>
      [
        `${listed.length} pairs: a system with a bug, and its fixed twin.`,
        ...(['documented', 'confirmed', 'candidate', 'synthetic'] as const).map(section),
        LEFT_OUT,
      ].join('\n\n'),
  },
]
