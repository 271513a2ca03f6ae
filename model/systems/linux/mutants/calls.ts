/** System calls and fork with a flush, a pause or an unmapping done wrong. */
import { expectMoved, expectUnmapped, expectZeros } from '../../../ghosts.js'
import { shareEntry, unmapFrame } from '../../../hardware/frames.js'
import {
  clearPmd,
  clearPte,
  frameOf,
  hasTable,
  isEmpty,
  isPresent,
  isUnlocked,
  pteOf,
} from '../../../hardware/tables.js'
import { flush, flushPage } from '../../../hardware/tlb.js'
import { childOf } from '../../../kernel/fork.js'
import { dropTables, isInVmaAndSlot } from '../../../kernel/fork-tables.js'
import { movePmd } from '../../../kernel/move-entries.js'
import { isInChanged, mayProtectPage, takeWrite } from '../../../kernel/mprotect.js'
import { movedPage } from '../../../kernel/mremap.js'
import { slotBehind, spaceOf } from '../../../kernel/zap.js'
import { lockRmap, queueToWrite } from '../../../locks.js'
import type { Mutant } from '../../../mutant.js'
import { CHILD, NONE, PARENT } from '../../../state.js'
import { begins, isChild, mmOf, opOf, rest } from '../../../threads.js'
import { removeVma, vmaAt, vmaIn } from '../../../vmas.js'

export const callMutants: readonly Mutant[] = [
  {
    name: 'linux-pause-ends-sequence',
    system: 'linux',
    says: 'fork makes write_protect_seq even when it drops the spinlocks of a table for a while.',
    scenario: 'pinned-in-a-pause',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'raw_write_seqcount_begin and end inside copy_pte_range (57efa1fe5957)',
    recalls: '57efa1fe5957',
    change: {
      forkSharesPageAndRests: {
        effect: (s, t) => {
          const me = s.thread[t]
          shareEntry(s, childOf(s, t), me.page)
          me.page++
          dropTables(s, t)
          s.mm[PARENT].protecting = false
          me.pc = 'fork.table'
        },
      },
    },
  },
  {
    name: 'linux-protect-flushes-short',
    system: 'linux',
    says: 'mprotect flushes all pages of its range but the last one.',
    scenario: 'protect-last-page',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'change_protection: flush_tlb_range one page short',
    change: {
      changeDone: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (opOf(s, t).do === 'mprotect')
            flush(s, t, mmOf(s, t), me.from, me.to - 1, 'call.unlock')
          else me.pc = opOf(s, t).do === 'mlock' ? 'populate.begin' : 'call.unlock'
        },
      },
    },
  },
  {
    name: 'linux-protect-opens-shared-page',
    system: 'linux',
    says: 'mprotect opens the entry of a page to stores at once, whoever else has the page.',
    scenario: 'protect',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'synthetic',
    source: 'can_change_pte_writable without PageAnonExclusive (64fe24a3e05e)',
    change: {
      mprotectOpensPage: {
        guard: (s, t) =>
          isInChanged(s, t) &&
          mayProtectPage(s, t) &&
          opOf(s, t).writable &&
          isPresent(s, mmOf(s, t), s.thread[t].page),
      },
    },
  },
  {
    name: 'linux-unmap-flushes-short',
    system: 'linux',
    says: 'Pages that are removed are flushed, all but the last one of the range.',
    scenario: 'unmap-last-page',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'tlb_finish_mmu: the range of the mmu_gather ends one page short',
    recalls: 'CVE-2018-18281',
    change: {
      zapPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = spaceOf(s, t)
          me.frame = frameOf(s, m, me.page)
          unmapFrame(s, me.frame)
          clearPte(s, m, me.page)
          expectZeros(s, m, me.page)
          if (me.page + 1 < me.to) flushPage(s, t, m, me.page, 'zap.free')
          else me.pc = 'zap.free'
        },
      },
    },
  },
  {
    name: 'linux-reclaims-table-in-use',
    system: 'linux',
    says: 'DONTNEED frees a table that it has emptied, although a page of it has been touched again since.',
    scenario: 'discard-whole-table',
    breaks: ['tablesAreCounted'],
    origin: 'documented',
    source: 'before "mm: pgtable: fix incorrect reclaim of non-empty PTE pages": zap_pte_range',
    change: {
      zapReclaimsTable: {
        guard: (s, t) =>
          hasTable(s, mmOf(s, t), s.thread[t].page - 1) &&
          isUnlocked(s, mmOf(s, t), s.thread[t].page - 1),
      },
      zapKeepsTable: { guard: (s, t) => !hasTable(s, mmOf(s, t), s.thread[t].page - 1) },
    },
  },
  {
    name: 'linux-reclaimed-table-freed-before-flush',
    system: 'linux',
    says: 'DONTNEED frees an emptied table that a CPU still has in its paging-structure cache.',
    scenario: 'discard-cached-table',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'free_pte: pte_free instead of pte_free_tlb',
    change: {
      zapReclaimsTable: {
        effect: (s, t) => {
          const me = s.thread[t]
          const slot = slotBehind(s, t)
          me.table = s.mm[mmOf(s, t)].pmd[slot].table
          clearPmd(s, mmOf(s, t), slot)
          me.pc = 'zap.freeTable'
        },
      },
    },
  },
  {
    name: 'linux-child-moves-without-flush',
    system: 'linux',
    says: 'A child that moves a table does not flush: its CPU goes on using the old address.',
    scenario: 'child-moves',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'move_normal_pmd without flush_tlb_range, where the mm has one user',
    change: {
      moveTable: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          const first = me.page
          movePmd(s, m, me.page, movedPage(s, t))
          for (let i = 0; i < s.geometry.pagesPerTable; i++) {
            expectMoved(s, m, me.page, movedPage(s, t))
            me.page++
          }
          if (isChild(s, t)) me.pc = 'mremap.table'
          else {
            lockRmap(s, t)
            flush(s, t, m, first, first + s.geometry.pagesPerTable, 'mremap.movedTable')
          }
        },
      },
    },
  },
  {
    name: 'linux-discard-enters-changing-vma',
    system: 'linux',
    says: 'DONTNEED takes the lock of a VMA that another thread is changing.',
    scenario: 'vma-lock-discard-and-protect',
    breaks: ['vmaLocksAreHeld'],
    origin: 'synthetic',
    source: 'try_vma_read_lock without the sequence count of vma_start_read (6.16)',
    change: {
      dontneedLocksVma: {
        guard: (s, t) => begins(s, t, 'dontneed') && vmaAt(s, mmOf(s, t), opOf(s, t).page) !== NONE,
      },
    },
  },
  {
    name: 'linux-fork-without-handlers',
    system: 'linux',
    says: "fork does not take the allocator's lock first: a child that wants it waits for a thread it does not have.",
    scenario: 'malloc-at-fork',
    breaks: ['noDeadlock'],
    origin: 'documented',
    source: 'fork as a bare system call (_Fork, clone), or an allocator without pthread_atfork',
    change: {
      fork: {
        guard: (s, t) => begins(s, t, 'fork'),
        effect: (s, t) => {
          s.thread[t].page = 0
          queueToWrite(s, t, PARENT, 'fork.vma')
        },
      },
    },
  },
  {
    name: 'linux-releases-unlocked',
    system: 'linux',
    says: "process_mrelease takes its own process's mmap_lock, and not that of the process it frees.",
    scenario: 'child-is-released',
    breaks: ['mmapLockIsHeld'],
    origin: 'synthetic',
    source: 'process_mrelease: mmap_read_lock(current->mm)',
    change: {
      release: {
        effect: (s, t) => {
          s.thread[t].space = CHILD
          s.thread[t].page = 0
          s.thread[t].pc = 'reap.vma'
        },
      },
    },
  },
  {
    name: 'linux-none-leaves-entries-open',
    system: 'linux',
    says: 'mprotect with PROT_NONE takes write permission from entries that are there, and no more.',
    scenario: 'close-and-open',
    breaks: ['permissionIsAsked'],
    origin: 'confirmed',
    source: 'change_pte_range: pte_wrprotect instead of pte_modify',
    change: {
      mprotectPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          if (!isEmpty(s, m, me.page) && !opOf(s, t).writable) takeWrite(s, m, me.page)
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-fork-opens-closed-pages',
    system: 'linux',
    says: "fork makes the child's entries readable, also where every access is forbidden.",
    scenario: 'closed-at-fork',
    breaks: ['permissionIsAsked'],
    origin: 'synthetic',
    source: '__copy_present_pte: mk_pte with PAGE_READONLY instead of the pte of the parent',
    change: {
      forkPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isInVmaAndSlot(s, t, me.page)) {
            shareEntry(s, childOf(s, t), me.page)
            pteOf(s, childOf(s, t), me.page).hinted = false
          }
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-mremap-keeps-target',
    system: 'linux',
    says: 'mremap takes the mapping out that it replaces (MREMAP_FIXED), and leaves its pages where they are.',
    scenario: 'move-over',
    breaks: ['pagesBelongToVmas'],
    origin: 'confirmed',
    source: 'mremap_to: do_munmap without unmap_region',
    change: {
      mremapReplaces: {
        effect: (s, t) => {
          const { target, size } = opOf(s, t)
          expectUnmapped(s, mmOf(s, t), target, target + size)
          removeVma(s, mmOf(s, t), vmaIn(s, mmOf(s, t), target, target + size))
        },
      },
    },
  },
  {
    name: 'linux-failed-fork-does-not-flush',
    system: 'linux',
    says: 'A fork that fails returns without a flush: a CPU keeps writing to what is read-only by now.',
    scenario: 'fork-fails-while-writing',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'dup_mmap: out: without flush_tlb_mm(oldmm)',
    change: {
      forkFailFlush: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = 0
          s.thread[t].pc = 'fork.undo'
        },
      },
    },
  },
]
