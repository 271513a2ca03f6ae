/**
 * Flaws put into `linux` on purpose: each changes what a program sees, and conformance must notice
 * it. They are for judging the comparison itself; no scenario or property is about them.
 */
import { shareEntry, takeFrame } from '../model/hardware/frames.js'
import {
  clearPte,
  hasTable,
  installTable,
  pteOf,
  setPte,
  slotOf,
} from '../model/hardware/tables.js'
import type { Mutant } from '../model/mutant.js'
import { NONE, PARENT, type State, ZEROS } from '../model/state.js'
import { linux } from '../model/systems/linux/index.js'
import { mmOf, opOf } from '../model/threads.js'

type Effect = (s: State, ...parameters: number[]) => void

/** What the rule does, and then more. */
function andThen(rule: string, more: Effect): Record<string, { effect: Effect }> {
  const found = linux.rules.find(({ name }) => name === rule)
  if (!found) throw new Error(`linux has no rule ${rule}`)
  const effect: Effect = (s, ...parameters) => {
    found.effect?.(s, ...parameters)
    if (found.to !== undefined) s.thread[parameters[0]].pc = found.to
    more(s, ...parameters)
  }
  return { [rule]: { effect } }
}

/** The range of the operation ends one page earlier. */
const oneLess: Effect = (s, t) => {
  const me = s.thread[t]
  if (me.to > opOf(s, t).page + 1) me.to--
}

const seeded = (name: string, says: string, change: Mutant['change']): Mutant => ({
  name: `seeded-${name}`,
  system: 'linux',
  says,
  scenario: 'bgsave',
  breaks: [],
  origin: 'synthetic',
  source: 'made for judging conformance',
  change,
})

export const seededMutants: readonly Mutant[] = [
  seeded('mlock-past-hole', 'mlock over a hole brings in what comes before it.', {
    changeMeetsHole: {
      effect: (s, t) => {
        const me = s.thread[t]
        me.to = me.page
        me.pc = opOf(s, t).do === 'mlock' ? 'populate.begin' : 'call.unlock'
      },
    },
  }),
  seeded('mlock-reads', 'mlock brings pages in as a load does, and breaks no copy-on-write.', {
    ...andThen('populateFaults', (s, t) => {
      s.thread[t].wants = false
    }),
    populateFinds: { guard: (s, t) => isThere(s, t) },
    populateFaults: {
      guard: (s, t) => !isThere(s, t),
      effect: (s, t) => {
        s.thread[t].wants = false
        s.thread[t].onward = 'populate.follow'
        s.thread[t].pc = 'fault.walk'
      },
    },
  }),
  seeded('locks-are-inherited', 'A child inherits the locks of its parent’s memory.', {
    ...andThen('forkVma', (s, t) => {
      const child = opOf(s, t).child
      const { vma } = s.thread[t]
      s.mm[child].vma[vma].locked = s.mm[PARENT].vma[vma].locked
    }),
  }),
  seeded('dontfork-is-lost', 'fork copies VMAs that are marked with MADV_DONTFORK.', {
    forkLockVma: {
      effect: (s, t) => {
        s.thread[t].pc = 'fork.dup'
      },
    },
  }),
  seeded('free-leaves-swap', 'MADV_FREE leaves swap entries as they are.', {
    freeEntry: {
      effect: (s, t) => {
        s.thread[t].page++
        s.thread[t].pc = 'free.table'
      },
    },
  }),
  seeded('free-marks-nothing', 'MADV_FREE does not mark a page as droppable.', {
    ...andThen('freePage', (s) => {
      for (const frame of s.frame) frame.lazy = false
    }),
  }),
  seeded('dontneed-one-less', 'DONTNEED leaves out the last page of its range.', {
    ...andThen('dontneed', oneLess),
  }),
  seeded('dontneed-keeps-locked', 'DONTNEED returns an error nowhere: it takes locked pages.', {
    ...andThen('dontneedUpToLocked', (s, t) => {
      s.thread[t].to = opOf(s, t).end
    }),
  }),
  seeded('munmap-one-less', 'munmap leaves the last page of its range mapped.', {
    ...andThen('munmap', oneLess),
  }),
  seeded('store-to-read-only', 'mprotect takes no permission away from pages that are there.', {
    mprotectPage: {
      effect: (s, t) => {
        s.thread[t].page++
      },
    },
  }),
  seeded('mprotect-keeps-vma', 'mprotect changes entries and not the VMA.', {
    ...andThen('changeSetsFlags', (s, t) => {
      const { page } = s.thread[t]
      const { writable } = opOf(s, t)
      if (opOf(s, t).do === 'mprotect')
        for (const vma of s.mm[mmOf(s, t)].vma)
          if (vma.start <= page && page < vma.end) vma.writable = !writable
    }),
  }),
  seeded('move-loses-page', 'mremap loses the content of what it moves.', {
    ...andThen('movePage', (s, t) => {
      const m = mmOf(s, t)
      const to = opOf(s, t).target + s.thread[t].page - opOf(s, t).page
      if (hasTable(s, m, to) && pteOf(s, m, to).frame !== NONE && !pteOf(s, m, to).swapped)
        s.frame[pteOf(s, m, to).frame].value = ZEROS
    }),
  }),
  seeded('mmap-refuses', 'mmap refuses a range that is taken, also with MAP_FIXED.', {
    mmapReplaces: {
      effect: (s, t) => {
        s.thread[t].pc = 'call.unlock'
      },
    },
  }),
  seeded('migration-shares', 'A page that was migrated is no longer exclusive.', {
    ...andThen('migrateRestores', (s, t) => {
      const { other, frame } = s.thread[t]
      s.frame[other === NONE ? frame : other].exclusive = false
    }),
  }),
  seeded('migration-forgets-free', 'A page that was migrated may not be dropped any more.', {
    ...andThen('migrateCopies', (s, t) => {
      s.frame[s.thread[t].other].lazy = false
    }),
  }),
  seeded('swap-in-writable', 'A page that a load brings back from swap space may be written to.', {
    ...andThen('faultSwapIn', (s, t) => {
      const pte = pteOf(s, mmOf(s, t), s.thread[t].page)
      pte.writable = s.frame[pte.frame].maps === 1
    }),
  }),
  seeded('swap-in-shares', 'A page that comes back from swap space is never exclusive.', {
    ...andThen('faultSwapIn', (s, t) => {
      const pte = pteOf(s, mmOf(s, t), s.thread[t].page)
      s.frame[pte.frame].exclusive = false
    }),
  }),
  seeded('uffd-fills-zeros', 'userfaultfd fills a page with zeros.', {
    uffdInstalls: {
      effect: (s, t) => {
        const [m, page] = [mmOf(s, t), s.thread[t].page]
        if (!hasTable(s, m, page)) installTable(s, m, slotOf(s, page))
        if (pteOf(s, m, page).frame === NONE) setPte(s, m, page, takeFrame(s, page, ZEROS), true)
        s.thread[t].pc = 'call.unlockRead'
      },
    },
  }),
  seeded('zero-fault-keeps-none', 'A first touch maps a frame with something in it.', {
    ...andThen('faultZero', (s, t) => {
      const pte = pteOf(s, mmOf(s, t), s.thread[t].page)
      if (s.thread[t].wants && pte.frame !== NONE) s.frame[pte.frame].value = 2
    }),
  }),
  seeded('copy-is-read-only', 'Copying on write maps the copy without write permission.', {
    ...andThen('faultSet', (s, t) => {
      pteOf(s, mmOf(s, t), s.thread[t].page).writable = false
    }),
  }),
  seeded('fork-loses-page', 'fork takes a page away from the parent when it shares it.', {
    ...andThen('forkPage', losePage),
    ...andThen('forkPageAndRest', losePage),
  }),
  seeded('pinned-is-shared', 'fork shares a pinned page with the child.', {
    forkPinnedPageAndRests: null,
    forkPinnedPage: {
      effect: (s, t) => {
        shareEntry(s, opOf(s, t).child, s.thread[t].page)
        s.thread[t].page++
      },
    },
  }),
  seeded('shrink-keeps-tail', 'mremap that shrinks unmaps nothing.', {
    mremapShrinks: {
      effect: (s, t) => {
        s.thread[t].pc = 'call.unlock'
      },
    },
  }),
]

/** Is the page that mlock is at mapped, however? */
function isThere(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const { page } = s.thread[t]
  if (!s.mm[m].vma.some((vma) => vma.start <= page && page < vma.end)) return true
  return hasTable(s, m, page) && pteOf(s, m, page).frame !== NONE && !pteOf(s, m, page).swapped
}

/** The page that fork has just been at is gone. */
function losePage(s: State, t: number): void {
  const page = s.thread[t].page - 1
  if (hasTable(s, PARENT, page)) clearPte(s, PARENT, page)
}
