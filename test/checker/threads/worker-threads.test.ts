/** A workers that serves one search after the other give the memory of each one back. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { check } from '../../../checker/index.js'
import { workerThreads } from '../../../checker/threads/index.js'
import { toyModel } from '../../../tools/bench/toy.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The address space of this process, in GB: memory that is asked for counts at once. */
function addressSpace(): number {
  const [pages] = readFileSync('/proc/self/statm', 'utf8').split(' ')
  return (Number(pages) * 4096) / 2 ** 30
}

it('the memory of each search is given back', async () => {
  const before = addressSpace()
  const workers = workerThreads(1)
  try {
    for (let search = 0; search < 4; search++) {
      const { states } = check(toyModel(4), { workers, tracedStates: 0 })
      expect(states).toBe(513)
      // A search asks for 10 GB. Its thread may need a moment to let go of them.
      for (;;) {
        collectGarbage()
        if (addressSpace() < before + 4) break
        await setTimeout(10)
      }
    }
  } finally {
    await workers.close()
  }
}, 60_000)
