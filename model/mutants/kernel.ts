/** The kernel's other paths with one thing done wrong: unmapping, moving, reclaim, migration, and so on. */
import { expectZeros } from '../ghosts.js'
import { putFrame, takeFrame, unmapFrame } from '../hardware/frames.js'
import { mappingOf } from '../hardware/rmap.js'
import { clearPte, firstPageOf, frameOf, pteOf, setPte } from '../hardware/tables.js'
import { flushPage } from '../hardware/tlb.js'
import { waitingHere } from '../kernel/migrate.js'
import { movedPage, movePmd, movePte } from '../kernel/mremap.js'
import { slotToFree } from '../kernel/munmap.js'
import { isPassed, mappedHere, mayUnmap } from '../kernel/swap-out.js'
import { nextPage, spaceOf } from '../kernel/zap.js'
import { dropWrite } from '../locks.js'
import type { Mutant } from '../mutant.js'
import { NONE, PARENT } from '../state.js'
import { mmOf, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'

export const kernelMutants: readonly Mutant[] = [
  {
    name: 'linux-free-before-flush',
    system: 'linux',
    says: 'Zapping frees the frame first and flushes the TLBs afterwards.',
    scenario: 'write-and-discard',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'CVE-2018-18281 and kin: page freed before the flush (facts 8.6)',
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
    source: 'free_pgtables without flushing what caches upper levels (facts 1.2, 7.2 G4)',
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
    source: 'CVE-2018-18281 (facts 8.6)',
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
    name: 'linux-moves-table-without-flush',
    system: 'linux',
    says: 'mremap moves a whole table and does not flush what CPUs cache of its old place.',
    scenario: 'move-and-write',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'move_normal_pmd without flush_tlb_range (facts 5.3)',
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
    name: 'linux-swaps-out-without-flush',
    system: 'linux',
    says: 'Reclaim replaces a PTE by a swap entry and does not flush it.',
    scenario: 'swap-out',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'try_to_unmap_one without ptep_clear_flush (facts 5.3, 7.2 G1)',
    change: {
      swapUnmaps: {
        effect: (s, t) => {
          const me = s.thread[t]
          const pte = pteOf(s, me.space, mappedHere(s, t))
          pte.frame = me.other
          pte.swapped = true
          pte.writable = false
          s.frame[me.other].refs++
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
        },
      },
    },
  },

  {
    name: 'linux-reclaims-pinned-pages',
    system: 'linux',
    says: 'Reclaim takes a page away that a device is about to write to.',
    scenario: 'pinned-and-reclaimed',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'shrink_folio_list without folio_maybe_dma_pinned (facts 5.3)',
    change: {
      swapUnmaps: { guard: (s, t) => mappedHere(s, t) !== NONE && s.thread[t].other !== NONE },
      swapOut: {
        guard: (s, t) =>
          opOf(s, t).do === 'swapOut' &&
          frameOf(s, PARENT, opOf(s, t).page) !== NONE &&
          s.frame[frameOf(s, PARENT, opOf(s, t).page)].lock === NONE &&
          s.frame[s.geometry.frames].refs === 0,
        effect: (s, t) => {
          const me = s.thread[t]
          me.frame = frameOf(s, PARENT, opOf(s, t).page)
          me.other = s.geometry.frames
          s.frame[me.frame].lock = t
          s.frame[me.frame].refs = s.frame[me.frame].refs + 2
          s.frame[me.other].cache = me.frame
          me.pc = 'swap.unmap'
        },
      },
      swapFrees: { guard: (s, t) => s.frame[s.thread[t].frame].maps === 0 },
      swapKeeps: { guard: (s, t) => s.frame[s.thread[t].frame].maps > 0 },
    },
  },
  {
    name: 'migration-visits-child-first',
    system: 'async-fork',
    says: 'A migration visits the child before the parent: an entry copied in between is never put right, and names a frame that is freed.',
    scenario: 'migrate',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'facts 5.3: the order in which an rmap walk visits parent and child is load-bearing',
    change: {
      migrateCopies: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.other = takeFrame(s, me.frame % s.geometry.pages, s.frame[me.frame].value)
          s.frame[me.other].maps = 0
          s.frame[me.other].exclusive = false
          me.space = s.geometry.mms - 1
          me.pc = 'migrate.restore'
        },
      },
      migrateRestoresNext: {
        guard: (s, t) => waitingHere(s, t) === NONE && s.thread[t].space > PARENT,
        effect: (s, t) => {
          s.thread[t].space--
        },
      },
      migrateDone: {
        guard: (s, t) => waitingHere(s, t) === NONE && s.thread[t].space === PARENT,
      },
    },
  },
  {
    name: 'linux-migrates-without-flush',
    system: 'linux',
    says: 'A page is copied to another frame while a CPU may still write to the old one.',
    scenario: 'migrate',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'try_to_migrate_one without ptep_clear_flush (facts 8.9, general law)',
    change: {
      migrateUnmaps: {
        effect: (s, t) => {
          const me = s.thread[t]
          pteOf(s, me.space, mappedHere(s, t)).migrating = true
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
        },
      },
    },
  },

  {
    name: 'linux-collapse-without-flush',
    system: 'linux',
    says: 'khugepaged copies pages that a CPU may still write to.',
    scenario: 'collapse-and-write',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'collapse_huge_page without pmdp_collapse_flush (facts 5.3)',
    change: {
      collapseClears: {
        effect: (s, t) => {
          const pmd = s.mm[PARENT].pmd[Math.floor(opOf(s, t).page / s.geometry.pagesPerTable)]
          s.thread[t].table = pmd.table
          pmd.table = NONE
          pmd.writable = false
          s.thread[t].pc = 'collapse.copy'
        },
      },
    },
  },
  {
    name: 'linux-collapse-ignores-holders',
    system: 'linux',
    says: 'khugepaged copies a page that a device is writing to.',
    scenario: 'collapse-pinned',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: '__collapse_huge_page_isolate without is_refcount_suitable (facts 5.3)',
    change: {
      collapseCopies: { guard: (s, t) => s.table[s.thread[t].table].spinlock === NONE },
      collapseGivesUp: null,
    },
  },
  {
    name: 'linux-merges-what-was-written',
    system: 'linux',
    says: 'ksmd merges two pages without write-protecting the second one first.',
    scenario: 'same-pages',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'replace_page without write_protect_page and pte_same (facts 5.3)',
    change: {
      mergeProtectsOther: {
        effect: (s, t) => {
          const other = frameOf(s, PARENT, opOf(s, t).target)
          const same = s.frame[other].value === s.frame[s.thread[t].frame].value
          s.thread[t].other = same ? other : NONE
          s.thread[t].pc = 'merge.replace'
        },
      },
      mergeReplaces: {
        guard: (s, t) =>
          s.thread[t].other !== NONE && frameOf(s, PARENT, opOf(s, t).target) !== NONE,
        effect: (s, t) => {
          const me = s.thread[t]
          const page = opOf(s, t).target
          me.other = frameOf(s, PARENT, page)
          unmapFrame(s, me.other)
          setPte(s, PARENT, page, me.frame, false)
          s.frame[me.frame].maps++
          s.frame[me.frame].refs++
          flushPage(s, t, PARENT, page, 'merge.put')
        },
      },
      mergeGivesUp: {
        guard: (s, t) =>
          s.thread[t].other === NONE || frameOf(s, PARENT, opOf(s, t).target) === NONE,
        effect: (s, t) => {
          s.thread[t].other = NONE
          s.thread[t].pc = 'merge.unlock'
        },
      },
    },
  },
  {
    name: 'linux-samples-pinned-pages',
    system: 'linux',
    says: 'NUMA balancing closes a page that is pinned, and does not flush.',
    scenario: 'numa-sampling',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'change_prot_numa without tlb_finish_mmu (facts 8.5)',
    change: {
      numaFlush: {
        effect: (s, t) => {
          s.thread[t].pc = 'numa.unlock'
        },
      },
    },
  },
  {
    name: 'linux-discards-dirty-pages',
    system: 'linux',
    says: 'Reclaim drops a lazily freed page although it has been written to again.',
    scenario: 'free-before-fork',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'try_to_unmap_one without folio_test_dirty (facts 8.11)',
    change: {
      lazyUnmaps: {
        guard: (s, t) =>
          mayUnmap(s, t) && s.thread[t].other === NONE && s.frame[s.thread[t].frame].lazy,
      },
      lazyIsDirty: {
        guard: (s, t) =>
          mayUnmap(s, t) && s.thread[t].other === NONE && !s.frame[s.thread[t].frame].lazy,
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
    source: 'mprotect_fixup without vma_start_write (facts 1.4)',
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
    source: 'mmap_write_unlock without vma_end_write_all (facts 1.4)',
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
    origin: 'synthetic',
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
    name: 'linux-reclaim-forgets-the-child',
    system: 'linux',
    says: 'Reclaim unmaps a frame from the parent only, and frees it.',
    scenario: 'swap-out',
    breaks: ['framesAreCounted', 'noStaleTranslation'],
    origin: 'synthetic',
    source: 'rmap_walk_anon stops after the first VMA (facts 5.3, 7.2 G1)',
    change: {
      swapNextSpace: null,
      swapUnmapped: { guard: (s, t) => isPassed(s, t) },
      swapFrees: {
        guard: (s, t) => mappingOf(s, PARENT, s.thread[t].frame, false) === NONE,
        effect: (s, t) => {
          const me = s.thread[t]
          s.frame[me.other].value = s.frame[me.frame].value
          s.frame[me.other].cache = NONE
          s.frame[me.frame].lock = NONE
          s.frame[me.frame].refs = 0
          s.frame[me.frame].value = 0
          me.frame = NONE
          me.other = NONE
          me.space = 0
          me.pc = 'user'
          me.next++
          me.page = s.geometry.pages
        },
      },
      swapKeeps: null,
    },
  },
  {
    name: 'linux-uffd-replaces-pages',
    system: 'linux',
    says: 'userfaultfd copy replaces a page that is there already.',
    scenario: 'filled-by-monitor',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'mfill_atomic_install_pte without pte_none (facts 5.3)',
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
    source: 'CVE-2020-29368 and kin: a split races with the decision to reuse (facts 8.14)',
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
