/** One process at a time changes a corpus. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

/**
 * Makes the lock. A link makes it with its content at once: no other process ever reads half of it.
 * @throws UsageError
 */
function take(file: string, folder: string): void {
  const own = `${file}.${process.pid}`
  try {
    writeFileSync(own, `${process.pid}\n`)
    if (!linked(own, file)) throw new UsageError(`${folder}: ${heldBy(file)}`)
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${folder}: ${reason(error)}`)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Gives the lock its name; after a process that was killed, once more. @returns is it ours? */
function linked(own: string, file: string): boolean {
  for (let again = 0; again < 2; again++)
    try {
      linkSync(own, file)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = holderOf(file)
      if (holder !== null && isAlive(holder)) return false
      takeAway(file, own, holder)
    }
  return false
}

/** Removes the lock of a dead process, unless another process has just made it its own. */
function takeAway(file: string, own: string, holder: number | null): void {
  const aside = `${own}.stale`
  try {
    renameSync(file, aside)
    if (!Object.is(holderOf(aside), holder)) linkSync(aside, file)
  } catch {
    // Another process was first: the next attempt sees its lock.
  } finally {
    rmSync(aside, { force: true })
  }
}

/** The process that holds the lock; null where it has just been given back. */
function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

function heldBy(file: string): string {
  const holder = holderOf(file)
  const who = holder === null ? 'another process' : `process ${holder}`
  return `${who} is changing it; try again later`
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
