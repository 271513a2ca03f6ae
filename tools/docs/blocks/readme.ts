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

const CHINESE = 'README.zh-CN.md'

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

/** The systems in Chinese, by their names. */
const SYSTEMS_IN_CHINESE: Readonly<Record<string, string>> = {
  linux: '默认的写时复制 fork：fork 返回之前由父进程复制所有页表。',
  'async-fork': '论文中的 Async-fork：fork 标记 PMD，子进程复制，父进程在修改前先同步。',
  'async-fork-anolis': '阿里巴巴发布的 Async-fork（Anolis 6.6），补上了公开源码中缺少的部分。',
  'async-fork-bytedance': '字节跳动发布的 Async-fork：父进程的锁移交给正在复制的子进程。',
  'on-demand-fork': '论文中的 On-demand-fork：共享末级页表，在第一次缺页时复制。',
  'cow-pte': '提案中的 COW PTE：页表被共享，修改页表者先解除共享。',
}

const flawsOf = (system: string) => repairs.filter((repair) => repair.system === system).length

const chineseSystems: Block = {
  page: CHINESE,
  name: 'systems',
  content: () =>
    markdownTable(
      ['系统', '说明', '状态'],
      systems.map(({ name, flawed }) => {
        const says = SYSTEMS_IN_CHINESE[name]
        if (!says) throw new Error(`${CHINESE}: the system ${name} has no description`)
        const state = flawed
          ? `按公布的版本：${flawsOf(name)} 个缺陷，每个都有一个使性质成立的修复`
          : '在所有标准场景中成立'
        return [`\`${name}\``, says, state]
      }),
    ),
}

const systemTable: Block = {
  page: 'README.md',
  name: 'systems',
  content: () =>
    markdownTable(
      ['system', 'what it is', 'state'],
      systems.map(({ name, says, flawed }) => {
        const state = flawed
          ? `as published: ${flawsOf(name)} flaws, each with a repair that holds`
          : 'holds in all standard scenarios'
        return [`\`${name}\``, says, state]
      }),
    ),
}

/** How much is checked, in one sentence. */
const counts: Block = {
  page: 'README.md',
  name: 'counts',
  content: () =>
    `${scenarios.length} standard scenarios with ${pinnedStates()} states hold in the two systems without flaws; ${mutants.length} seeded bugs and ${repairs.length} published flaws are each caught by the property that must catch them.`,
}

const chineseCounts: Block = {
  page: CHINESE,
  name: 'counts',
  content: () =>
    `${scenarios.length} 个标准场景共 ${pinnedStates()} 个状态，在两个没有缺陷的系统中全部成立；${mutants.length} 个植入的错误和 ${repairs.length} 个已公布系统的缺陷，都被必须发现它们的性质发现。`,
}

function pinnedStates(): string {
  const runs = Object.values(JSON.parse(readText('test/model/pinned.json')) as object)
  const states = (runs as { states: number }[]).reduce((sum, run) => sum + run.states, 0)
  return states.toLocaleString('en')
}

export const readmeBlocks: readonly Block[] = [
  story,
  counts,
  systemTable,
  { ...story, page: CHINESE },
  chineseCounts,
  chineseSystems,
]
