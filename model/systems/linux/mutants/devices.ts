/** Pins for devices that only read, with the unsharing of their pages done wrong. */
import { putFrame, shareEntry, takeFrame, unmapFrame } from '../../../hardware/frames.js'
import { frameOf, isUnlocked, setPte, tableAt } from '../../../hardware/tables.js'
import { faultFrame, mayDecide } from '../../../kernel/fault.js'
import { childOf } from '../../../kernel/fork.js'
import { isStillPinnable, mayPin } from '../../../kernel/pin.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { mmOf, opOf } from '../../../threads.js'

const of = { system: 'linux', breaks: ['devicesReadMemory'] } as const

export const deviceMutants: readonly Mutant[] = [
  {
    ...of,
    name: 'linux-pins-shared-page',
    says: 'GUP takes a page for a device that reads although parent and child share it.',
    scenario: 'device-reads-later',
    origin: 'documented',
    source: 'before a7f226604170 GUP did not unshare',
    change: {
      pinUnshares: null,
      pinTakesLocked: {
        guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) && mayPin(s, t),
      },
    },
  },
  {
    ...of,
    name: 'linux-fast-pins-shared-page',
    says: 'GUP-fast does not ask whether the page for a device that reads is exclusive.',
    scenario: 'device-reads-later',
    origin: 'synthetic',
    source: 'gup_pte_range without gup_must_unshare',
    change: {
      pinStands: {
        guard: (s, t) =>
          mayPin(s, t) &&
          frameOf(s, mmOf(s, t), s.thread[t].page) === s.thread[t].frame &&
          !s.thread[t].raced,
      },
      pinUndone: {
        guard: (s, t) =>
          !mayPin(s, t) ||
          frameOf(s, mmOf(s, t), s.thread[t].page) !== s.thread[t].frame ||
          s.thread[t].raced,
      },
    },
  },
  {
    ...of,
    name: 'linux-unshares-without-copy',
    says: 'A page that is to be unshared is marked exclusive, and not copied.',
    scenario: 'device-reads-later',
    breaks: ['neitherWritesWhatBothMap', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'do_wp_page: SetPageAnonExclusive before the look at page_count',
    change: {
      faultShared: {
        effect: (s, t) => {
          const me = s.thread[t]
          const f = faultFrame(s, t)
          if (me.unshares) {
            s.frame[f].exclusive = true
            me.pc = me.onward
          } else {
            me.frame = f
            s.frame[f].refs++
            me.pc = 'fault.copy'
          }
        },
      },
    },
  },
  {
    ...of,
    name: 'linux-unsharing-opens-page',
    says: 'The copy of a page that has been unshared may be written to, whatever its VMA says.',
    scenario: 'device-reads-constant',
    breaks: ['permissionIsAsked'],
    origin: 'synthetic',
    source: 'wp_page_copy: pte_mkwrite also with FAULT_FLAG_UNSHARE',
    change: {
      faultSet: {
        effect: (s, t) => {
          const me = s.thread[t]
          const m = mmOf(s, t)
          setPte(s, m, me.page, takeFrame(s, me.page, me.copy), true)
          unmapFrame(s, me.frame)
          putFrame(s, me.frame)
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
    ...of,
    name: 'linux-shares-page-of-reader',
    says: 'fork shares a page that is pinned for a device that only reads.',
    scenario: 'device-reads-before',
    origin: 'synthetic',
    source: 'page_try_dup_anon_rmap: only pins for writing are asked about',
    change: {
      forkPinnedPage: {
        effect: (s, t) => {
          shareEntry(s, childOf(s, t), s.thread[t].page)
          s.thread[t].page++
        },
      },
    },
  },
  {
    ...of,
    name: 'linux-reader-ignores-fork',
    says: 'GUP-fast looks at write_protect_seq only for a device that writes.',
    scenario: 'device-reads-during',
    origin: 'synthetic',
    source: 'lockless_pages_from_mm: FOLL_WRITE instead of FOLL_PIN',
    change: {
      pin: {
        effect: (s, t) => {
          s.thread[t].page = opOf(s, t).page
          s.thread[t].pc = 'pin.look'
        },
      },
      pinStands: { guard: (s, t) => isStillPinnable(s, t) },
      pinUndone: { guard: (s, t) => !isStillPinnable(s, t) },
    },
  },
  {
    ...of,
    name: 'linux-write-leaves-reader',
    says: 'A write fault copies each page that somebody else has a reference to, also an exclusive one.',
    scenario: 'device-reads-later',
    origin: 'documented',
    source: 'do_wp_page from 5.9 to 5.18 (09854ba94c6a): page_count',
    change: {
      faultReuse: {
        guard: (s, t) =>
          mayDecide(s, t) &&
          (s.frame[faultFrame(s, t)].refs === 1 ||
            (s.thread[t].unshares && s.frame[faultFrame(s, t)].exclusive)),
      },
      faultShared: {
        guard: (s, t) =>
          mayDecide(s, t) &&
          s.frame[faultFrame(s, t)].refs > 1 &&
          !(s.thread[t].unshares && s.frame[faultFrame(s, t)].exclusive),
      },
    },
  },
  {
    ...of,
    name: 'linux-merges-page-of-reader',
    says: 'ksmd marks a page as shared although a device reads it.',
    scenario: 'device-reads-merged',
    origin: 'synthetic',
    source: 'write_protect_page without a look at page_count, page_try_share_anon_rmap',
    change: {
      mergeProtectsKept: {
        guard: (s, t) =>
          frameOf(s, PARENT, opOf(s, t).page) !== NONE && isUnlocked(s, PARENT, opOf(s, t).page),
      },
      mergeCannotKeep: {
        guard: (s, t) => frameOf(s, PARENT, opOf(s, t).page) === NONE,
      },
    },
  },
]
