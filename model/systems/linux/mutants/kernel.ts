/** Unmapping, moving, filling and changing of mappings with one thing done wrong. */
import { expectMoved, expectZeros } from '../../../ghosts.js'
import { putFrame, takeFrame, unmapFrame } from '../../../hardware/frames.js'
import { clearPte, firstPageOf, frameOf, pteOf, setPte, tableAt } from '../../../hardware/tables.js'
import { flush, flushPage } from '../../../hardware/tlb.js'
import { movePmd, movePte } from '../../../kernel/move-entries.js'
import { movedPage } from '../../../kernel/mremap.js'
import { slotToFree } from '../../../kernel/munmap.js'
import { nextPage, spaceOf } from '../../../kernel/zap.js'
import { dropWrite } from '../../../locks.js'
import type { Mutant } from '../../../mutant.js'
import { NONE } from '../../../state.js'
import { mmOf, opOf } from '../../../threads.js'
import { vmaAt } from '../../../vmas.js'

export const kernelMutants: readonly Mutant[] = [
  {
    name: 'linux-free-before-flush',
    system: 'linux',
    says: 'Zapping frees the frame first and flushes the TLBs afterwards.',
    scenario: 'write-and-discard',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'CVE-2018-18281 and kin: page freed before the flush',
    change: {
      zapPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = spaceOf(s, t)
          const f = frameOf(s, m, me.page)
          unmapFrame(s, f)
          putFrame(s, f)
          clearPte(s, m, me.page)
          expectZeros(s, m, me.page)
          flushPage(s, t, m, me.page, 'zap.free')
        },
      },
      zapFree: { effect: (s, t) => nextPage(s, t, 'zap.pte', 'zap.table') },
    },
  },
  {
    name: 'linux-table-freed-before-flush',
    system: 'linux',
    says: 'munmap frees a page table that a CPU still has in its paging-structure cache.',
    scenario: 'unmap-with-upper-cache',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'free_pgtables without flushing what caches upper levels',
    change: {
      munmapClearsTable: {
        effect: (s, t) => {
          const slot = slotToFree(s, t)
          const pmd = s.mm[mmOf(s, t)].pmd[slot]
          s.thread[t].table = pmd.table
          pmd.table = NONE
          pmd.writable = false
          s.thread[t].pc = 'munmap.free'
        },
      },
    },
  },
  {
    name: 'linux-mremap-flushes-late',
    system: 'linux',
    says: 'mremap moves a page and lets go of its table before the old translation is flushed.',
    scenario: 'move-and-write',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'CVE-2018-18281',
    change: {
      movePage: {
        effect: (s, t) => {
          const me = s.thread[t]
          movePte(s, t, me.page, movedPage(s, t))
          me.page++
          me.pc = 'mremap.table'
        },
      },
    },
  },
  {
    name: 'linux-move-locks-one-table',
    system: 'linux',
    says: 'mremap moves a page and keeps only the old PTE lock until the old translation is flushed.',
    scenario: 'move-page-while-migrated',
    breaks: ['spinlocksAreHeld', 'parentKeepsItsWrites'],
    origin: 'documented',
    source: 'move_ptes before eb66ae030829 (CVE-2018-18281)',
    change: {
      movePage: {
        effect: (s, t) => {
          const me = s.thread[t]
          movePte(s, t, me.page, movedPage(s, t))
          tableAt(s, mmOf(s, t), me.page).spinlock = t
          flushPage(s, t, mmOf(s, t), me.page, 'mremap.moved')
        },
      },
    },
  },
  {
    name: 'linux-moves-table-past-walks',
    system: 'linux',
    says: 'mremap moves a table and lets walks of the reverse map find it before the flush is over.',
    scenario: 'move-table-while-reclaimed',
    breaks: ['parentKeepsItsWrites'],
    origin: 'documented',
    source: 'move_pgt_entry without take_rmap_locks (97113eb39fa7)',
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
          flush(s, t, m, first, first + s.geometry.pagesPerTable, 'mremap.movedTable')
        },
      },
    },
  },
  {
    name: 'linux-protect-forgets-migration',
    system: 'linux',
    says: 'mprotect leaves write permission in the entry of a page that is being moved.',
    scenario: 'protect-while-migrated',
    breaks: ['permissionIsAsked'],
    origin: 'synthetic',
    source: 'change_pte_range without make_readable_migration_entry (0697212a411c)',
    change: {
      mprotectPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          if (frameOf(s, m, me.page) !== NONE && !opOf(s, t).writable)
            pteOf(s, m, me.page).writable = false
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-moves-table-without-flush',
    system: 'linux',
    says: 'mremap moves a whole table and does not flush what CPUs cache of its old place.',
    scenario: 'move-and-write',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'move_normal_pmd without flush_tlb_range',
    change: {
      moveTable: {
        effect: (s, t) => {
          const me = s.thread[t]
          movePmd(s, mmOf(s, t), me.page, movedPage(s, t))
          for (let i = 0; i < s.geometry.pagesPerTable; i++) {
            s.ghost.memory[mmOf(s, t)][movedPage(s, t)] = s.ghost.memory[mmOf(s, t)][me.page]
            s.ghost.memory[mmOf(s, t)][me.page] = 0
            me.page++
          }
        },
      },
    },
  },

  {
    name: 'linux-grown-mapping-is-not-locked',
    system: 'linux',
    says: 'mprotect changes a VMA in which another thread is handling a fault.',
    scenario: 'vma-lock-protect',
    breaks: ['vmaLocksAreHeld'],
    origin: 'synthetic',
    source: 'mprotect_fixup without vma_start_write',
    change: {
      changeSetsFlags: { guard: () => true },
    },
  },
  {
    name: 'linux-vma-lock-outlives-mmap-lock',
    system: 'linux',
    says: 'A system call drops mmap_lock and leaves the VMAs it has changed locked.',
    scenario: 'vma-lock-protect',
    breaks: ['vmaLocksAreHeld'],
    origin: 'synthetic',
    source: 'mmap_write_unlock without vma_end_write_all',
    change: {
      callUnlock: {
        effect: (s, t) => {
          s.mm[mmOf(s, t)].lock.writer = NONE
          s.thread[t].pc = 'user'
          s.thread[t].next++
          s.thread[t].page = s.geometry.pages
          s.thread[t].from = 0
          s.thread[t].to = 0
        },
      },
    },
  },
  {
    name: 'linux-munmap-keeps-pages',
    system: 'linux',
    says: 'munmap takes the VMA away and leaves its pages and tables.',
    scenario: 'unmap-whole',
    breaks: ['pagesBelongToVmas'],
    origin: 'confirmed',
    source: 'unmap_region omitted',
    change: {
      munmapZap: {
        effect: (s, t) => {
          dropWrite(s, mmOf(s, t))
          s.mm[mmOf(s, t)].lock.readers[t] = true
          s.thread[t].pc = 'call.unlockRead'
        },
      },
    },
  },
  {
    name: 'linux-uffd-replaces-pages',
    system: 'linux',
    says: 'userfaultfd copy replaces a page that is there already.',
    scenario: 'filled-by-monitor',
    breaks: ['framesAreCounted'],
    origin: 'confirmed',
    source: 'mfill_atomic_install_pte without pte_none',
    change: {
      uffdInstalls: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          const writable = s.mm[m].vma[vmaAt(s, m, me.page)].writable
          setPte(s, m, me.page, takeFrame(s, me.page, opOf(s, t).value), writable)
          s.ghost.memory[m][me.page] = opOf(s, t).value
          me.pc = 'call.unlockRead'
        },
      },
    },
  },
  {
    name: 'linux-split-huge-loses-permission',
    system: 'linux',
    says: 'Splitting a huge page that is shared gives its parts write permission.',
    scenario: 'huge-pages',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'documented',
    source: 'CVE-2020-29368 and kin: a split races with the decision to reuse',
    change: {
      faultSplitHuge: {
        effect: (s, t) => {
          const m = mmOf(s, t)
          const slot = Math.floor(s.thread[t].page / s.geometry.pagesPerTable)
          const pmd = s.mm[m].pmd[slot]
          pmd.huge = false
          pmd.writable = true
          for (let i = 0; i < s.geometry.pagesPerTable; i++)
            setPte(s, m, firstPageOf(s, slot) + i, s.table[pmd.table].pte[i].frame, true)
        },
      },
    },
  },
]
