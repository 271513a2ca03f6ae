import { putFrame, unmapFrame } from '../../../hardware/frames.js'
import { splitHuge } from '../../../hardware/huge.js'
import { mappingOf } from '../../../hardware/rmap.js'
import {
  firstPageOf,
  frameOf,
  isEmpty,
  isPresent,
  isUnlocked,
  keepTableLock,
  pmdOf,
  pteOf,
  setPte,
} from '../../../hardware/tables.js'
import { flush, flushPage } from '../../../hardware/tlb.js'
import { chosenSlot } from '../../../kernel/khugepaged.js'
import { protectPage } from '../../../kernel/ksm.js'
import { waitingHere } from '../../../kernel/migrate.js'
import { isPassed, mappedHere, mayUnmap } from '../../../kernel/swap-out.js'
import { spaceOf } from '../../../kernel/zap.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { finish, opOf } from '../../../threads.js'

export const reclaimMutants: readonly Mutant[] = [
  {
    name: 'linux-swaps-out-without-flush',
    system: 'linux',
    says: 'Reclaim replaces a PTE by a swap entry and does not flush it.',
    scenario: 'swap-out',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'shrink_folio_list without try_to_unmap_flush',
    change: {
      swapFlushes: {
        effect: (s, t) => {
          for (let m = 0; m < s.geometry.mms; m++) s.thread[t].batch[m] = false
          s.thread[t].pc = 'swap.write'
        },
      },
    },
  },
  {
    name: 'linux-forgets-deferred-flush',
    system: 'linux',
    says: 'DONTNEED does not look whether reclaim owes a flush, and is over while a sibling still stores.',
    scenario: 'discard-while-reclaimed',
    breaks: ['loadsFindWhatWasStored', 'parentKeepsItsWrites'],
    origin: 'documented',
    source: 'zap_pte_range without flush_tlb_batched_pending (3ea277194daa)',
    change: {
      zapFlushesBatch: null,
      zapNothing: {
        guard: (s, t) =>
          isUnlocked(s, spaceOf(s, t), s.thread[t].page) &&
          isEmpty(s, spaceOf(s, t), s.thread[t].page),
      },
      zapEntry: {
        guard: (s, t) =>
          isUnlocked(s, spaceOf(s, t), s.thread[t].page) &&
          !isEmpty(s, spaceOf(s, t), s.thread[t].page) &&
          !isPresent(s, spaceOf(s, t), s.thread[t].page),
      },
    },
  },
  {
    name: 'linux-migration-drops-the-lock',
    system: 'linux',
    says: 'Migration drops the PTE lock before the CPUs have dropped the page.',
    scenario: 'discard-while-migrated',
    breaks: ['loadsFindWhatWasStored', 'parentKeepsItsWrites', 'spinlocksAreHeld'],
    origin: 'synthetic',
    source: 'try_to_migrate_one: the flush after page_vma_mapped_walk_done',
    change: {
      migrateUnmaps: {
        effect: (s, t) => {
          const me = s.thread[t]
          const page = mappedHere(s, t)
          pteOf(s, me.space, page).migrating = true
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
          flushPage(s, t, me.space, page, 'migrate.unmap')
        },
      },
    },
  },
  {
    name: 'linux-collapse-lets-walks-in',
    system: 'linux',
    says: 'khugepaged lets walks of the reverse map in while the table is out of its PMD.',
    scenario: 'collapse-while-migrated',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'collapse_huge_page without anon_vma_lock_write',
    change: {
      collapseClears: {
        effect: (s, t) => {
          const pmd = s.mm[PARENT].pmd[chosenSlot(s, t)]
          const first = firstPageOf(s, chosenSlot(s, t))
          s.thread[t].table = pmd.table
          pmd.table = NONE
          pmd.writable = false
          flush(s, t, PARENT, first, first + s.geometry.pagesPerTable, 'collapse.copy')
        },
      },
    },
  },
  {
    name: 'linux-merge-drops-the-lock',
    system: 'linux',
    says: 'KSM drops the PTE lock before its write protection is flushed.',
    scenario: 'merge-and-write',
    breaks: ['parentKeepsItsWrites', 'spinlocksAreHeld'],
    origin: 'synthetic',
    source: 'write_protect_page: the flush after page_vma_mapped_walk_done',
    change: {
      mergeProtectsKept: {
        effect: (s, t) => {
          const me = s.thread[t]
          protectPage(s, opOf(s, t).page)
          me.frame = frameOf(s, PARENT, opOf(s, t).page)
          s.frame[me.frame].refs++
          flushPage(s, t, PARENT, opOf(s, t).page, 'merge.protect')
        },
      },
    },
  },
  {
    name: 'linux-split-loses-dirty',
    system: 'linux',
    says: 'Splitting a huge page forgets that it has been written to, and reclaim drops it.',
    scenario: 'free-huge-and-reclaim',
    breaks: ['parentKeepsItsWrites', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: '__split_huge_pmd_locked without pmd_dirty (family of ff1712f953e2)',
    recalls: 'ff1712f953e2',
    change: {
      splitHuge: {
        effect: (s, t) => {
          splitHuge(s, PARENT, chosenSlot(s, t))
          for (const pte of s.table[pmdOf(s, PARENT, opOf(s, t).page).table].pte) pte.dirty = false
          finish(s, t)
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
    source: 'shrink_folio_list without folio_maybe_dma_pinned',
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
          me.pc = 'swap.walk'
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
    breaks: ['childSeesForkTimeMemory', 'childGoesOn'],
    origin: 'candidate',
    source:
      'rmap_walk_anon: the order in which an rmap walk visits parent and child is load-bearing',
    change: {
      migrateWalksBack: {
        effect: (s, t) => {
          s.rmap.readers[t] = true
          s.thread[t].space = s.geometry.mms - 1
          s.thread[t].pc = 'migrate.restore'
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
    origin: 'confirmed',
    source: 'try_to_migrate_one without ptep_clear_flush',
    recalls: '6ce64428d620',
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
    origin: 'confirmed',
    source: 'collapse_huge_page without pmdp_collapse_flush',
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
    breaks: ['pinnedPagesStay', 'parentKeepsItsWrites'],
    origin: 'confirmed',
    source: '__collapse_huge_page_isolate without is_refcount_suitable',
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
    source: 'replace_page without write_protect_page and pte_same',
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
          keepTableLock(s, t, PARENT, page)
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
    source: 'change_prot_numa without tlb_finish_mmu',
    recalls: '80d47f5de5e3',
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
    origin: 'confirmed',
    source: 'try_to_unmap_one without folio_test_dirty',
    recalls: 'ff1712f953e2',
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
    name: 'linux-reclaim-forgets-the-child',
    system: 'linux',
    says: 'Reclaim unmaps a frame from the parent only, and frees it.',
    scenario: 'swap-out',
    breaks: ['framesAreCounted', 'noStaleTranslation'],
    origin: 'synthetic',
    source: 'rmap_walk_anon stops after the first VMA',
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
    name: 'linux-reads-slot-twice',
    system: 'linux',
    says: 'Advice has a swap slot read although its page is in the swap cache still.',
    scenario: 'will-need',
    breaks: ['parentKeepsItsWrites', 'framesAreCounted'],
    origin: 'synthetic',
    source: 'read_swap_cache_async without find_get_page and swapcache_prepare',
    change: {
      willneedReads: { guard: (s, t) => s.frame[s.thread[t].other].refs > 0 },
      willneedNeedNot: { guard: (s, t) => s.frame[s.thread[t].other].refs === 0 },
    },
  },
]
