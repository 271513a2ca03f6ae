/** Default fork and copy-on-write with one thing done wrong. */
import { expectSnapshot } from '../ghosts.js'
import { copyPinned, putFrame, takeFrame, tearDown, unmapFrame } from '../hardware/frames.js'
import { clearPte, frameOf, isUnlocked, pteOf, setPte, tableAt } from '../hardware/tables.js'
import { faultFrame, inHuge, isOrdinary, wantsWrite } from '../kernel/fault.js'
import { childOf, leaveVma } from '../kernel/fork.js'
import { isInVmaAndSlot } from '../kernel/fork-tables.js'
import type { Mutant } from '../mutant.js'
import { NONE, PARENT } from '../state.js'
import { finish, mmOf } from '../threads.js'
import { nextVma } from '../vmas.js'

export const linuxMutants: readonly Mutant[] = [
  {
    name: 'linux-no-flush',
    system: 'linux',
    says: 'fork does not flush the TLBs: a CPU may go on writing to what the child shares.',
    scenario: 'two-writers',
    breaks: ['noStaleTranslation', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'dup_mmap without flush_tlb_mm (facts 8.7)',
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
    origin: 'synthetic',
    source: 'flush_tlb_mm without waiting (facts 1.2, 1.5)',
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
    name: 'linux-reuses-shared-frame',
    system: 'linux',
    says: 'A write fault writes in place whoever else has the frame.',
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'synthetic',
    source: 'do_wp_page without a reuse rule (facts 1.3)',
    change: {
      faultReuse: {
        guard: (s, t) => isOrdinary(s, t) && wantsWrite(s, t) && !inHuge(s, t),
      },
    },
  },
  {
    name: 'linux-reuse-by-mapcount',
    system: 'linux',
    says: 'A write fault takes over a frame that is mapped once, though a pipe still holds it.',
    scenario: 'pipe',
    breaks: ['pipeDeliversWhatWasPutIn'],
    origin: 'documented',
    source: 'CVE-2020-29374 (vmsplice): reuse iff mapcount is 1, before 5.9 (facts 1.3, 8.1)',
    change: {
      faultReuse: {
        guard: (s, t) =>
          isOrdinary(s, t) &&
          wantsWrite(s, t) &&
          !inHuge(s, t) &&
          s.frame[faultFrame(s, t)].maps === 1,
      },
      faultShared: {
        guard: (s, t) =>
          isOrdinary(s, t) &&
          wantsWrite(s, t) &&
          !inHuge(s, t) &&
          s.frame[faultFrame(s, t)].maps > 1,
      },
    },
  },
  {
    name: 'linux-parent-stays-writable',
    system: 'linux',
    says: "fork write-protects the child's PTE but not the parent's.",
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'synthetic',
    source: 'copy_present_pte without ptep_set_wrprotect (facts D4)',
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
    origin: 'synthetic',
    source: 'copy_present_pte without folio_get (facts D4)',
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
    origin: 'synthetic',
    source: 'copy_pte_range without copy_nonpresent_pte (facts D4)',
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
    source: 'arm64, fixed by ff1712f953e2; Redis issue 8124 (facts 8.11)',
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
    source: 'before 70e806e4e645 pinned pages were not copied during fork (facts 8.3)',
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
    source: 'before 57efa1fe5957 (facts 8.3)',
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
    source: 'fb49c455323f: vma_start_write in dup_mmap (facts 8.8)',
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
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'dup_mmap without VM_DONTCOPY (facts D3 b)',
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
    origin: 'synthetic',
    source: 'dup_mmap without VM_WIPEONFORK (facts D3 b)',
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
    name: 'linux-install-no-flush',
    system: 'linux',
    says: 'A copy-on-write fault installs the new frame and lets other CPUs keep the old one.',
    scenario: 'two-readers',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'wp_page_copy with ptep_get_and_clear for ptep_clear_flush (facts W7)',
    change: {
      faultClear: {
        effect: (s, t) => {
          const me = s.thread[t]
          tableAt(s, mmOf(s, t), me.page).spinlock = t
          clearPte(s, mmOf(s, t), me.page)
          me.pc = 'fault.set'
        },
      },
    },
  },
  {
    name: 'linux-install-no-recheck',
    system: 'linux',
    says: 'A copy-on-write fault installs its copy without looking whether the PTE is still the same.',
    scenario: 'two-writers',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'wp_page_copy without pte_same (facts W6)',
    change: {
      faultClear: { guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) },
      faultChanged: null,
    },
  },
  {
    name: 'linux-install-unlocked',
    system: 'linux',
    says: 'A copy-on-write fault drops the PTE lock while it waits for the flush.',
    scenario: 'two-readers',
    breaks: ['spinlocksAreHeld'],
    origin: 'synthetic',
    source: 'wp_page_copy without the ptl across ptep_clear_flush (facts W7)',
    change: {
      faultClear: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          clearPte(s, m, me.page)
          for (let u = 0; u < s.geometry.threads; u++)
            if (s.actor[u].mm === m) s.cpu[u].tlb[me.page].frame = NONE
          for (let u = 0; u < s.geometry.threads; u++)
            if (s.actor[u].mm === m) s.cpu[u].tlb[me.page].writable = false
          me.pc = 'fault.set'
        },
      },
    },
  },
  {
    name: 'linux-install-keeps-old-mapping',
    system: 'linux',
    says: 'A copy-on-write fault forgets to give up its mapping of the old frame.',
    scenario: 'bgsave',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'wp_page_copy without page_remove_rmap (facts W7)',
    change: {
      faultSet: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          setPte(s, m, me.page, takeFrame(s, me.page, me.copy), true)
          putFrame(s, me.frame)
          tableAt(s, m, me.page).spinlock = NONE
          me.frame = NONE
          me.copy = 0
          me.pc = me.onward
        },
      },
    },
  },
  {
    name: 'linux-failed-fork-leaks',
    system: 'linux',
    says: 'A failed fork returns its error but does not free what it had built of the child.',
    scenario: 'fork-fails',
    breaks: ['deadChildLeavesNothing'],
    origin: 'synthetic',
    source: 'dup_mm: fail_nomem without mmput (facts D6; family of 8.10)',
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
    source: 'copy_process without the error of copy_mm (facts D6)',
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
    origin: 'synthetic',
    source: 'dup_mmap: out: without mmap_write_unlock (facts D6)',
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
    source: 'copy_pte_range: -ENOMEM past pte_unmap_unlock (facts D4)',
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
    origin: 'synthetic',
    source: 'dup_mmap without mmap_write_lock (facts D1)',
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
    source: 'copy_present_page later than in copy_pte_range (facts D4, K7)',
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
  {
    name: 'linux-unmaps-twice',
    system: 'linux',
    says: 'A copy-on-write fault whose PTE has changed drops a mapping that is not its own.',
    scenario: 'two-writers',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'wp_page_copy: page_remove_rmap on both ways out (facts W7)',
    change: {
      faultChanged: {
        effect: (s, t) => {
          const me = s.thread[t]
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
          me.frame = NONE
          me.copy = 0
          me.pc = me.onward
        },
      },
    },
  },
]
