/** Where what is built, fetched and translated is kept from run to run. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** It need not exist. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'forkcheck')
}
