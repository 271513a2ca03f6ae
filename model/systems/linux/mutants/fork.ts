/** Default fork with one thing done wrong. */
import { expectSnapshot } from '../../../ghosts.js'
import { copyPinned, tearDown } from '../../../hardware/frames.js'
import { frameOf, pteOf, setPte } from '../../../hardware/tables.js'
import { childOf, leaveVma } from '../../../kernel/fork.js'
import { isInVmaAndSlot } from '../../../kernel/fork-tables.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { finish, mmOf } from '../../../threads.js'
import { nextVma } from '../../../vmas.js'

export const linuxMutants: readonly Mutant[] = [
  {
    name: 'linux-no-flush',
    system: 'linux',
    says: 'fork does not flush the TLBs: a CPU may go on writing to what the child shares.',
    scenario: 'two-writers',
    breaks: ['noStaleTranslation', 'childSeesForkTimeMemory'],
    origin: 'confirmed',
    source: 'dup_mmap without flush_tlb_mm',
    recalls: '6ce64428d620',
    change: {
      forkFlush: {
        effect: (s, t) => {
          expectSnapshot(s, childOf(s, t))
          s.thread[t].pc = 'fork.unlock'
        },
      },
    },
  },
  {
    name: 'linux-flush-does-not-wait',
    system: 'linux',
    says: 'fork asks the other CPUs to flush and does not wait for their answers.',
    scenario: 'two-writers',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'flush_tlb_mm without waiting',
    change: {
      flushDone: {
        guard: () => true,
        effect: (s, t) => {
          const me = s.thread[t]
          for (let u = 0; u < s.geometry.threads; u++) me.asked[u] = false
          me.pc = me.after
          me.after = 'user'
          me.flush.mm = 0
          me.flush.from = 0
          me.flush.to = 0
        },
      },
    },
  },
  {
    name: 'linux-parent-stays-writable',
    system: 'linux',
    says: "fork write-protects the child's PTE but not the parent's.",
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'confirmed',
    source: 'copy_present_pte without ptep_set_wrprotect',
    change: {
      forkPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isInVmaAndSlot(s, t, me.page) && frameOf(s, PARENT, me.page) !== NONE) {
            const f = frameOf(s, PARENT, me.page)
            setPte(s, childOf(s, t), me.page, f, false)
            s.frame[f].refs++
            s.frame[f].maps++
          }
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-no-reference',
    system: 'linux',
    says: "fork installs the child's PTE without taking a reference on the frame.",
    scenario: 'bgsave',
    breaks: ['framesAreCounted'],
    origin: 'confirmed',
    source: 'copy_present_pte without folio_get',
    change: {
      forkPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isInVmaAndSlot(s, t, me.page) && frameOf(s, PARENT, me.page) !== NONE) {
            setPte(s, childOf(s, t), me.page, frameOf(s, PARENT, me.page), false)
            pteOf(s, PARENT, me.page).writable = false
          }
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-loses-swap-entries',
    system: 'linux',
    says: 'fork does not copy swap entries: the child finds zeros where a page was swapped out.',
    scenario: 'swapped-before-fork',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'confirmed',
    source: 'copy_pte_range without copy_nonpresent_pte',
    change: {
      forkPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isInVmaAndSlot(s, t, me.page) && frameOf(s, PARENT, me.page) !== NONE) {
            const f = frameOf(s, PARENT, me.page)
            setPte(s, childOf(s, t), me.page, f, false)
            pteOf(s, PARENT, me.page).writable = false
            s.frame[f].refs++
            s.frame[f].maps++
            s.frame[f].exclusive = false
          }
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-fork-loses-dirty-bit',
    system: 'linux',
    says: 'fork write-protects a page and loses its dirty bit: reclaim drops it as clean, and both sides find zeros.',
    scenario: 'free-before-fork',
    breaks: ['parentKeepsItsWrites', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'arm64, fixed by ff1712f953e2; Redis issue 8124',
    change: {
      forkPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isInVmaAndSlot(s, t, me.page) && frameOf(s, PARENT, me.page) !== NONE) {
            const f = frameOf(s, PARENT, me.page)
            setPte(s, childOf(s, t), me.page, f, false)
            pteOf(s, PARENT, me.page).writable = false
            pteOf(s, PARENT, me.page).dirty = false
            s.frame[f].refs++
            s.frame[f].maps++
            s.frame[f].exclusive = false
          }
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-shares-pinned-pages',
    system: 'linux',
    says: 'fork shares a page with the child that a device may write to.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'before 70e806e4e645 pinned pages were not copied during fork',
    change: {
      forkPinnedPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const f = frameOf(s, PARENT, me.page)
          setPte(s, childOf(s, t), me.page, f, false)
          pteOf(s, PARENT, me.page).writable = false
          s.frame[f].refs++
          s.frame[f].maps++
          s.frame[f].exclusive = false
          me.page++
        },
      },
    },
  },
  {
    name: 'linux-no-write-protect-seq',
    system: 'linux',
    says: 'GUP-fast does not notice that fork has write-protected the page it pins.',
    scenario: 'pinned-during',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'before 57efa1fe5957',
    change: {
      pin: {
        effect: (s, t) => {
          s.thread[t].page = s.actor[t].program[s.thread[t].next].page
          s.thread[t].pc = 'pin.look'
        },
      },
      pinStands: {
        guard: (s, t) => frameOf(s, mmOf(s, t), s.thread[t].page) === s.thread[t].frame,
      },
      pinUndone: {
        guard: (s, t) => frameOf(s, mmOf(s, t), s.thread[t].page) !== s.thread[t].frame,
      },
    },
  },
  {
    name: 'linux-fork-races-vma-lock-faults',
    system: 'linux',
    says: 'fork does not wait for faults that hold only the lock of a VMA.',
    scenario: 'vma-lock-faults',
    breaks: ['vmaLocksAreHeld'],
    origin: 'documented',
    source: 'fb49c455323f: vma_start_write in dup_mmap',
    change: {
      forkLockVma: {
        guard: (s, t) => nextVma(s, PARENT, s.thread[t].page) !== NONE,
      },
    },
  },
  {
    name: 'linux-copies-left-out-vma',
    system: 'linux',
    says: 'fork gives the child a VMA that it was told to leave out.',
    scenario: 'fork-advice',
    breaks: ['childHasTheParentsVmas', 'childSeesForkTimeMemory'],
    origin: 'confirmed',
    source: 'dup_mmap without VM_DONTCOPY',
    change: {
      forkLockVma: {
        effect: (s, t) => {
          s.thread[t].pc = 'fork.dup'
        },
      },
    },
  },
  {
    name: 'linux-copies-wiped-vma',
    system: 'linux',
    says: 'fork gives the child the contents of a VMA that must be empty there.',
    scenario: 'fork-advice',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'confirmed',
    source: 'dup_mmap without VM_WIPEONFORK',
    change: {
      forkVma: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.vma = nextVma(s, PARENT, me.page)
          const from = s.mm[PARENT].vma[me.vma]
          const to = s.mm[childOf(s, t)].vma[me.vma]
          to.start = from.start
          to.end = from.end
          to.writable = from.writable
          me.slot = Math.floor(from.start / s.geometry.pagesPerTable)
          me.pc = 'fork.slot'
        },
      },
      forkVmaDone: { effect: (s, t) => leaveVma(s, t) },
    },
  },
  {
    name: 'linux-failed-fork-leaks',
    system: 'linux',
    says: 'A failed fork returns its error but does not free what it had built of the child.',
    scenario: 'fork-fails',
    breaks: ['deadChildLeavesNothing'],
    origin: 'confirmed',
    source: 'dup_mm: fail_nomem without mmput',
    recalls: 'CVE-2025-21709',
    change: {
      forkFailReturn: {
        effect: (s, t) => {
          s.mm[childOf(s, t)].fork = 'failed'
          finish(s, t)
        },
      },
    },
  },
  {
    name: 'linux-failed-fork-says-done',
    system: 'linux',
    says: 'A failed fork frees the child and tells the parent that all went well.',
    scenario: 'fork-fails',
    breaks: ['forkResultIsRight'],
    origin: 'synthetic',
    source: 'copy_process without the error of copy_mm',
    change: {
      forkFailReturn: {
        effect: (s, t) => {
          tearDown(s, childOf(s, t))
          s.mm[childOf(s, t)].fork = 'done'
          finish(s, t)
        },
      },
    },
  },
  {
    name: 'linux-failed-fork-keeps-lock',
    system: 'linux',
    says: 'A failed fork returns with mmap_lock still held.',
    scenario: 'fork-fails',
    breaks: ['mmapLockIsHeld'],
    origin: 'confirmed',
    source: 'dup_mmap: out: without mmap_write_unlock',
    change: {
      forkFailUnlock: {
        effect: (s, t) => {
          s.thread[t].pc = 'fork.destroy'
        },
      },
    },
  },
  {
    name: 'linux-failed-fork-keeps-spinlocks',
    system: 'linux',
    says: 'fork finds no memory for the copy of a pinned page and leaves both tables locked.',
    scenario: 'pinned-copy-fails',
    breaks: ['spinlocksAreHeld'],
    origin: 'synthetic',
    source: 'copy_pte_range: -ENOMEM past pte_unmap_unlock',
    change: {
      forkPinnedPageFails: {
        effect: (s, t) => {
          s.failuresLeft--
          s.mm[PARENT].protecting = false
          s.ghost.forkFailed[childOf(s, t)] = true
          s.thread[t].pc = 'fork.failed'
        },
      },
    },
  },
  {
    name: 'linux-fork-unlocked',
    system: 'linux',
    says: 'fork copies page tables without taking mmap_lock.',
    scenario: 'two-writers',
    breaks: ['mmapLockIsHeld'],
    origin: 'confirmed',
    source: 'dup_mmap without mmap_write_lock',
    change: {
      fork: {
        effect: (s, t) => {
          s.thread[t].page = 0
          s.thread[t].pc = 'fork.vma'
        },
      },
    },
  },
  {
    name: 'linux-pinned-copy-is-stale',
    system: 'linux',
    says: 'The private copy of a pinned page is made for the child after fork has returned.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'copy_present_page later than in copy_pte_range',
    change: {
      forkPinnedPage: {
        effect: (s, t) => {
          s.thread[t].page++
        },
      },
      forkReturn: {
        effect: (s, t) => {
          s.mm[childOf(s, t)].fork = 'done'
          s.mm[childOf(s, t)].users = 1
          if (s.device.frame !== NONE) copyPinned(s, childOf(s, t), s.device.page)
          for (let c = 0; c < s.geometry.threads; c++)
            if (s.actor[c].mm === childOf(s, t)) s.thread[c].pc = 'user'
          finish(s, t)
        },
      },
    },
  },
]
