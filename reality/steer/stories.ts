/**
 * Stories of mutants that a running kernel can be driven through, where the one of the corpus
 * cannot: what asks for reclaim holds mmap_lock and passes over shared pages (MADV_PAGEOUT), and
 * munmap of a whole table flushes all that the table maps.
 */

export interface ChosenStory {
  readonly scenario: string
  readonly property: string
  readonly schedule: readonly string[]
}

const steps = (text: string) => text.trim().split(/\s+/)
const by = (who: string, rules: string) => steps(rules).map((rule) => `${who}.${rule}`)

const FORK_OF_ONE_TABLE = by(
  'parent',
  `fork takeWriteLock forkLockVma forkVma forkEnterTable forkTable forkLockTable forkPage forkPage
  forkTableDone forkVmaDone forkFlush forkFlushed forkUnlock forkReturn`,
)
const copyOnWrite = (who: string, page: number) =>
  by(
    who,
    `fault(${page}) faultLock faultWalk faultShared faultCopy faultClear faultSet faultUnlock
    walk(${page})`,
  )

/** By mutant. */
export const chosenStories: Readonly<Record<string, ChosenStory>> = {
  'linux-unmap-flushes-short': {
    scenario: 'write-and-discard',
    property: 'noStaleTranslation',
    schedule: [
      ...FORK_OF_ONE_TABLE,
      ...copyOnWrite('parent2', 0),
      'parent2.write(0)',
      ...copyOnWrite('parent2', 1),
      ...by('parent', 'dontneed zapEnterTable zapPage'),
      'parent2.answerFlush(parent)',
      ...by('parent', 'flushDone zapFree zapPage'),
    ],
  },
  'linux-swaps-out-without-flush': {
    scenario: 'swap-out',
    property: 'noStaleTranslation',
    schedule: [
      ...FORK_OF_ONE_TABLE,
      ...copyOnWrite('parent', 0),
      ...by('kswapd', 'swapOut swapWalks swapUnmaps swapNextSpace swapUnmapped swapFlushes'),
    ],
  },
  'linux-loses-swap-entries': {
    scenario: 'swapped-before-fork',
    property: 'childSeesForkTimeMemory',
    schedule: [
      ...by('kswapd', 'pick(0) swapOut swapWalks swapUnmaps swapNextSpace swapUnmapped'),
      ...by('kswapd', 'swapFlushes swapFrees'),
      ...by('parent', 'walk(1) read(1)'),
      ...FORK_OF_ONE_TABLE,
    ],
  },
}
