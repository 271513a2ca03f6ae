/** What every system shares: the CPU in user mode and the kernel's ordinary paths. */
import type { Rule } from '../../checker/model.js'
import * as ghosts from '../ghosts.js'
import * as memory from '../memory.js'
import type { State } from '../state.js'
import * as state from '../state.js'
import * as threads from '../threads.js'
import * as vmas from '../vmas.js'
import * as fault from './fault.js'
import * as fork from './fork.js'
import * as user from './user.js'
import * as vmaCalls from './vma-calls.js'
import { zap } from './zap.js'

export const kernel: readonly Rule<State>[] = [
  ...user.user,
  ...fault.fault,
  ...vmaCalls.vmaCalls,
  ...zap,
  ...fork.fork,
  ...user.death,
]

/** Modules whose functions and constants the kernel's rules name. */
export const kernelVocabulary: readonly object[] = [
  state,
  memory,
  vmas,
  threads,
  ghosts,
  user,
  fault,
  vmaCalls,
  fork,
]
