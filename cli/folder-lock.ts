/** One process at a time changes a corpus. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { reason, UsageError } from './errors.js'
import type { Io } from './io.js'

/** In the folder, while it is being changed: the number of the process. */
const LOCK = '.forkcheck.lock'

/**
 * Does something that changes a folder while no other forkcheck changes it.
 * @throws UsageError when another process is at it, or the folder cannot be written.
 */
export async function withLock<T>(io: Io, folder: string, work: () => Promise<T>): Promise<T> {
  const file = resolve(io.cwd, join(folder, LOCK))
  take(file, folder)
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function take(file: string, folder: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new UsageError(`${folder}: ${reason(error)}`)
    const holder = Number(readFileSync(file, 'utf8'))
    if (isAlive(holder))
      throw new UsageError(`${folder}: process ${holder} is changing it; try again later`)
    // The process was killed before it could take its lock away.
    rmSync(file, { force: true })
    take(file, folder)
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
