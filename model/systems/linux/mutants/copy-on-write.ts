import { putFrame, takeFrame, unmapFrame } from '../../../hardware/frames.js'
import { clearPte, isUnlocked, setPte, tableAt } from '../../../hardware/tables.js'
import { faultFrame, inHuge, isOrdinary, wantsWrite } from '../../../kernel/fault.js'
import type { Mutant } from '../../../mutant.js'
import { NONE } from '../../../state.js'
import { mmOf } from '../../../threads.js'

export const copyOnWriteMutants: readonly Mutant[] = [
  {
    name: 'linux-reuses-shared-frame',
    system: 'linux',
    says: 'A write fault writes into a frame that others have, too, instead of copying it.',
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'confirmed',
    source: 'do_wp_page without a reuse rule',
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
    source: 'CVE-2020-29374 (vmsplice): reuse iff mapcount is 1, before 5.9',
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
    name: 'linux-install-no-flush',
    system: 'linux',
    says: 'A copy-on-write fault installs the new frame and lets other CPUs keep the old one.',
    scenario: 'two-readers',
    breaks: ['noStaleTranslation'],
    origin: 'confirmed',
    source: 'wp_page_copy with ptep_get_and_clear for ptep_clear_flush',
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
    source: 'wp_page_copy without pte_same',
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
    source: 'wp_page_copy without the ptl across ptep_clear_flush',
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
    origin: 'confirmed',
    source: 'wp_page_copy without page_remove_rmap',
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
    name: 'linux-unmaps-twice',
    system: 'linux',
    says: 'A copy-on-write fault whose PTE has changed drops a mapping that is not its own.',
    scenario: 'two-writers',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'wp_page_copy: page_remove_rmap on both ways out',
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
