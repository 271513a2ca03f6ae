/**
 * TLB flushes between CPUs (arch/x86/mm/tlb.c). Whoever flushes (flush in hardware/tlb.ts) asks
 * the CPUs that run the address space and waits until each has answered, in any order.
 */
import { allAnswered, dropRange } from '../hardware/tlb.js'
import { type PlaceIn, routine } from '../places.js'
import type { OutsideStep, Step } from '../rule.js'

export const flushRoutine = routine('flush', 'Waits until CPUs have answered a TLB flush.', {
  'flush.wait': ['waitsForFlush'],
})

export const flushing: readonly (OutsideStep | Step)[] = [
  {
    // The interrupt handler of one CPU, wherever its thread is: it touches that CPU's TLB only.
    name: 'answerFlush',
    for: ['thread', 'asker'],
    source: 'flush_tlb_func',
    guard: (s, t, asker) => s.thread[asker].asked[t],
    effect: (s, t, asker) => {
      const flush = s.thread[asker].flush
      dropRange(s, t, flush.from, flush.to)
      s.thread[asker].asked[t] = false
    },
  },
  {
    name: 'flushDone',
    at: 'flush.wait',
    source: 'smp_call_function_many_cond: all CPUs have answered',
    guard: (s, t) => allAnswered(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = me.after
      me.after = 'user'
      me.flush.mm = 0
      me.flush.from = 0
      me.flush.to = 0
    },
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof flushRoutine>, unknown> {}
}
