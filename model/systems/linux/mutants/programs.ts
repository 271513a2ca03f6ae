/** The kernel with a promise to programs broken: what they load, and what calls and fork give. */
import { expectFresh } from '../../../ghosts.js'
import { putFrame, takeFrame, unmapFrame } from '../../../hardware/frames.js'
import { isPresent, isUnlocked, pteOf, setPte, tableAt } from '../../../hardware/tables.js'
import { flushPage } from '../../../hardware/tlb.js'
import { isSame } from '../../../kernel/fault-copy.js'
import { beginProtecting, childOf, leaveVma } from '../../../kernel/fork.js'
import { stackAbove } from '../../../kernel/stack.js'
import { mayChangePte, nextPage, spaceOf } from '../../../kernel/zap.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { mmOf } from '../../../threads.js'
import { copyVmaFlags, nextVma } from '../../../vmas.js'

export const programMutants: readonly Mutant[] = [
  {
    name: 'linux-installs-before-flush',
    system: 'linux',
    says: 'A copy-on-write fault installs the new frame first, and flushes the old one from other CPUs afterwards.',
    scenario: 'three-threads-share',
    breaks: ['loadsFindWhatWasStored'],
    origin: 'documented',
    source: 'golang/go 34988: wp_page_copy without ptep_clear_flush before set_pte_at',
    places: { 'fault.installed': ['mayHoldVma', 'spinsPage'] },
    change: {
      faultClear: {
        guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) && isSame(s, t),
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          tableAt(s, m, me.page).spinlock = t
          setPte(s, m, me.page, takeFrame(s, me.page, me.copy), true)
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
          flushPage(s, t, m, me.page, 'fault.installed')
        },
      },
    },
    add: [
      {
        name: 'faultInstalled',
        at: 'fault.installed',
        source: 'wp_page_copy: pte_unmap_unlock, folio_put',
        effect: (s, t) => {
          const me = s.thread[t]
          putFrame(s, me.frame)
          tableAt(s, mmOf(s, t), me.page).spinlock = NONE
          me.frame = NONE
          me.copy = 0
          me.pc = me.onward
        },
      },
    ],
  },
  {
    name: 'linux-discard-leaves-sampled-pages',
    system: 'linux',
    says: 'DONTNEED passes over pages whose entries NUMA sampling has closed: they keep their content.',
    scenario: 'discard-while-sampled',
    breaks: ['discardedPagesAreGone'],
    origin: 'documented',
    source: 'thp: fix MADV_DONTNEED vs. numa balancing race (ced108037c2a)',
    change: {
      zapPage: {
        guard: (s, t) =>
          mayChangePte(s, spaceOf(s, t), s.thread[t].page) &&
          isPresent(s, spaceOf(s, t), s.thread[t].page) &&
          !pteOf(s, spaceOf(s, t), s.thread[t].page).hinted,
      },
    },
    add: [
      {
        name: 'zapPassesSampled',
        at: 'zap.pte',
        source: 'zap_pte_range with pte_present instead of pte_present or protnone',
        guard: (s, t) =>
          mayChangePte(s, spaceOf(s, t), s.thread[t].page) &&
          isPresent(s, spaceOf(s, t), s.thread[t].page) &&
          pteOf(s, spaceOf(s, t), s.thread[t].page).hinted,
        effect: (s, t) => nextPage(s, t, 'zap.pte', 'zap.table'),
      },
    ],
  },
  {
    name: 'linux-move-leaves-sampled-pages',
    system: 'linux',
    says: 'mremap passes over pages whose entries NUMA sampling has closed: they are lost.',
    scenario: 'move-while-sampled',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'move_ptes with pte_present for pte_none',
    change: {},
    add: [
      {
        name: 'movePassesSampled',
        at: 'mremap.pte',
        to: 'mremap.table',
        source: 'move_ptes: continue',
        guard: (s, t) =>
          isUnlocked(s, mmOf(s, t), s.thread[t].page) &&
          pteOf(s, mmOf(s, t), s.thread[t].page).hinted,
        effect: (s, t) => {
          s.thread[t].page++
        },
      },
    ],
  },
  {
    name: 'linux-stack-grows-under-read-lock',
    system: 'linux',
    says: 'A stack grows while its thread holds mmap_lock for reading only.',
    scenario: 'grow-stack-in-thread',
    breaks: ['vmasChangeUnderWriteLock'],
    origin: 'documented',
    source: 'expand_stack before 6.5 (StackRot, CVE-2023-3269; commit 8d7071af8907)',
    change: {
      stackRetry: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (stackAbove(s, t) !== NONE) {
            const vma = s.mm[mmOf(s, t)].vma[stackAbove(s, t)]
            expectFresh(s, mmOf(s, t), me.page, vma.start)
            vma.start = me.page
          }
          me.pc = 'fault.walk'
        },
      },
    },
  },
  {
    name: 'linux-child-may-write',
    system: 'linux',
    says: 'fork gives the child VMAs that all permit stores.',
    scenario: 'read-only-beside-writable',
    breaks: ['childHasTheParentsVmas'],
    origin: 'confirmed',
    source: 'vm_area_dup without vma->vm_flags',
    change: {
      forkVma: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.vma = nextVma(s, PARENT, me.page)
          const from = s.mm[PARENT].vma[me.vma]
          const to = s.mm[childOf(s, t)].vma[me.vma]
          to.start = from.start
          to.end = from.end
          copyVmaFlags(s, PARENT, me.vma, childOf(s, t), me.vma)
          to.writable = true
          to.locked = false
          if (from.wiped) leaveVma(s, t)
          else {
            beginProtecting(s)
            me.slot = Math.floor(from.start / s.geometry.pagesPerTable)
            me.pc = 'fork.slot'
          }
        },
      },
    },
  },
]

declare module '../../../places.js' {
  interface Places {
    'fault.installed': unknown
  }
}
