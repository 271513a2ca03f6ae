/** The generated parts of the README. */
import { mutants, repairs, scenarios, systems } from '../../../model/index.js'
import { type Block, markdownTable } from '../block.js'
import { printed } from '../command.js'
import { readText } from '../files.js'

/** The flaw of the README, with the command that shows it. */
const STORY = [
  'check',
  'two-writers',
  '--system',
  'linux',
  '--mutant',
  'linux-no-flush',
  '--property',
  'childSeesForkTimeMemory',
]

const story: Block = {
  page: 'README.md',
  name: 'story',
  content: async () => {
    const { out } = await printed(STORY)
    // The end line holds the time that it took.
    const end = out.trimEnd().lastIndexOf('\n')
    const text = out.slice(out.indexOf('\nviolated  ') + 1, end).trimEnd()
    return `\`\`\`console\n$ forkcheck ${STORY.join(' ')}\n\n${text}\n\`\`\``
  },
}

const systemTable: Block = {
  page: 'README.md',
  name: 'systems',
  content: () =>
    markdownTable(
      ['system', 'what it is', 'state'],
      systems.map(({ name, says, flawed }) => {
        const flaws = repairs.filter(({ system }) => system === name)
        const state = flawed
          ? `as published: ${flaws.length} flaws, each with a repair that holds`
          : 'holds in all standard scenarios'
        return [`\`${name}\``, says, state]
      }),
    ),
}

/** How much is checked, in one sentence. */
const counts: Block = {
  page: 'README.md',
  name: 'counts',
  content: () => {
    const runs = Object.values(JSON.parse(readText('test/model/pinned.json')) as object)
    const states = (runs as { states: number }[]).reduce((sum, run) => sum + run.states, 0)
    return `${scenarios.length} standard scenarios with ${states.toLocaleString('en')} states hold in the two systems without flaws; ${mutants.length} seeded bugs and ${repairs.length} published flaws are each caught by the property that must catch them.`
  },
}

export const readmeBlocks: readonly Block[] = [story, counts, systemTable]
