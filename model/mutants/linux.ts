/** The kernel's ordinary paths and default fork, with one thing done wrong. */
import { expectSnapshot, expectZeros } from '../ghosts.js'
import { wantsWrite } from '../kernel/fault.js'
import { isInVmaAndSlot } from '../kernel/fork.js'
import { flushPage, frameOf, pteOf, putFrame, takeFrame, tearDown } from '../memory.js'
import type { Mutant } from '../mutant.js'
import { CHILD, NONE, PARENT } from '../state.js'
import { finish, mmOf } from '../threads.js'

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
          expectSnapshot(s)
          s.thread[t].pc = 'fork.unlock'
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
    origin: 'documented',
    source: 'CVE-2020-29374 and kin: reuse decided by the wrong count (facts 1.3, 8.1)',
    change: {
      faultReuse: {
        guard: (s, t) => frameOf(s, mmOf(s, t), s.thread[t].page) !== NONE && wantsWrite(s, t),
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
            const to = pteOf(s, CHILD, me.page)
            to.frame = frameOf(s, PARENT, me.page)
            s.frame[to.frame].refs++
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
            pteOf(s, CHILD, me.page).frame = frameOf(s, PARENT, me.page)
            pteOf(s, PARENT, me.page).writable = false
          }
          me.page++
        },
      },
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
      faultInstall: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          if (frameOf(s, m, me.page) === me.frame && wantsWrite(s, t)) {
            const pte = pteOf(s, m, me.page)
            pte.frame = takeFrame(s, me.page, me.copy)
            pte.writable = true
            putFrame(s, me.frame)
          }
          putFrame(s, me.frame)
          me.frame = NONE
          me.copy = 0
          me.pc = 'fault.unlock'
        },
      },
    },
  },
  {
    name: 'linux-install-no-recheck',
    system: 'linux',
    says: 'A copy-on-write fault installs its copy without looking whether the PTE is still the same.',
    scenario: 'two-writers',
    breaks: ['parentKeepsItsWrites'],
    origin: 'synthetic',
    source: 'wp_page_copy without pte_same (facts W6)',
    change: {
      faultInstall: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          const pte = pteOf(s, m, me.page)
          flushPage(s, m, me.page)
          putFrame(s, pte.frame)
          pte.frame = takeFrame(s, me.page, me.copy)
          pte.writable = true
          putFrame(s, me.frame)
          me.frame = NONE
          me.copy = 0
          me.pc = 'fault.unlock'
        },
      },
    },
  },
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
          const pte = pteOf(s, mmOf(s, t), me.page)
          putFrame(s, pte.frame)
          pte.frame = NONE
          pte.writable = false
          expectZeros(s, me.page)
          me.pc = 'zap.flush'
        },
      },
      zapFlush: {
        effect: (s, t) => {
          const me = s.thread[t]
          flushPage(s, mmOf(s, t), me.page)
          me.page++
          me.pc = 'zap'
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
          s.fork.result = 'failed'
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
          tearDown(s, CHILD)
          s.fork.result = 'done'
          finish(s, t)
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
]
