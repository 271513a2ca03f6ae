/** The registry of systems: a new one is a file (or folder) of its own and a line here. */
import { type Place, placesOf } from '../places.js'
import { asyncFork } from './async-fork/index.js'
import { asyncForkAnolis } from './async-fork-anolis/index.js'
import { asyncForkBytedance } from './async-fork-bytedance/index.js'
import { cowPte } from './cow-pte/index.js'
import { linux } from './linux/index.js'
import { onDemandFork } from './on-demand-fork/index.js'
import type { System } from './system.js'

export type { System } from './system.js'

export const systems: readonly System[] = [
  linux,
  asyncFork,
  asyncForkAnolis,
  asyncForkBytedance,
  onDemandFork,
  cowPte,
]

/** All places of all systems. */
export const PLACES: readonly Place[] = [
  ...new Set(systems.flatMap((system) => Object.keys(placesOf(system)) as Place[])),
]

/** Those that the standard suite is about: they keep every property in every scenario. */
export const soundSystems: readonly System[] = systems.filter(({ flawed }) => !flawed)
