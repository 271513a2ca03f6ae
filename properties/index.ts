/** The registry of properties: what must hold, and what must be reached. */
import * as copyingSituation from './copying-situations.js'
import * as liveness from './liveness.js'
import * as locks from './locks.js'
import * as lookups from './lookups.js'
import * as memory from './memory.js'
import * as programs from './programs.js'
import type { Invariant, Situation } from './property.js'
import * as protocol from './protocol.js'
import * as rollback from './rollback.js'
import * as situation from './situations.js'
import * as snapshot from './snapshot.js'

export type { Invariant, Situation } from './property.js'

/** What must hold in every reachable state of every system, or sooner or later on every run. */
export const invariants: readonly Invariant[] = [
  ...snapshot.snapshot,
  ...protocol.protocol,
  ...locks.locks,
  ...memory.memory,
  ...rollback.rollback,
  ...programs.programs,
  ...liveness.liveness,
]

/** What must be reached in some scenario. */
export const situations: readonly Situation[] = [
  ...copyingSituation.copyingSituations,
  ...situation.situationsOfAll,
]

/** Modules whose functions the properties' text names. */
export const propertyVocabulary: readonly object[] = [
  lookups,
  liveness,
  locks,
  snapshot,
  protocol,
  memory,
  programs,
  rollback,
  situation,
  copyingSituation,
]
