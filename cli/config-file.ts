/** The file with the defaults of a folder. What reads it stands apart: most folders have none. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Io } from './io.js'

/** Its name, in the folder in which forkcheck runs. */
export const CONFIG = 'forkcheck.config.json'

export function hasConfig(io: Io): boolean {
  return existsSync(resolve(io.cwd, CONFIG))
}
