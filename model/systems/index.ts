/** The registry of systems: a new one is a file (or folder) of its own and a line here. */
import { asyncFork } from './async-fork/index.js'
import { linux } from './linux.js'
import type { System } from './system.js'

export type { System } from './system.js'

export const systems: readonly System[] = [linux, asyncFork]
