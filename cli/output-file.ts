/**
 * Files that forkcheck writes: whole or not at all. A regular file is written beside its target and
 * takes its place in the end, with the mode that the target had. A device, a FIFO, or a file that
 * has other names is never replaced: it is written through.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { reason, UsageError } from './errors.js'
import type { Io } from './io.js'

/**
 * Refuses output files that cannot be written, before any work is done. Nothing is created.
 * @param files the option that names each file, and the name; undefined where it was not given.
 * @param inputs names of files that are read: none of them is overwritten.
 * @param folder the folder that `--out` names, if it does: no file may stand in its place.
 * @throws UsageError
 */
export function checkOutputs(
  io: Io,
  files: Readonly<Record<string, string | undefined>>,
  inputs: readonly (string | undefined)[] = [],
  folder?: string,
): void {
  checkDirectory(io, folder)
  const below = folder === undefined ? null : resolve(io.cwd, folder)
  const taken = new Map<string, string>()
  for (const file of inputs)
    try {
      if (file !== undefined) taken.set(targetOf(io, file), 'it is read')
    } catch {
      // A missing file is reported when it is read.
    }
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue
    const refuse = (why: string) => new UsageError(`${option} ${file}: ${why}`)
    try {
      const target = targetOf(io, file)
      const other = taken.get(target)
      if (other !== undefined && !isSpecial(target)) throw refuse(`${other} too`)
      taken.set(target, `${option} would write it`)
      if (below !== null && `${below}/`.startsWith(`${target}/`))
        throw refuse('--out names a folder there')
      const why = unwritable(target)
      if (why !== null) throw refuse(why)
    } catch (error) {
      if (error instanceof UsageError) throw error
      throw refuse(reason(error))
    }
  }
}

/** Refuses a folder below which no file can be written. @throws UsageError */
export function checkDirectory(io: Io, directory: string | undefined, option = '--out'): void {
  if (directory === undefined) return
  const refuse = (why: string) => new UsageError(`${option} ${directory}: ${why}`)
  try {
    const target = resolve(io.cwd, directory)
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === false)
      throw refuse('not a directory')
    accessSync(existingFolder(target), constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw refuse(reason(error))
  }
}

/** Writes a file whole or not at all. @throws UsageError when it cannot be written. */
export function writeText(io: Io, file: string, text: string): void {
  const out = new OutputFile(io, file)
  out.write(text)
  out.finish()
}

/** A file that is being written. It has its content under its name when `finish` was called. */
export class OutputFile {
  private readonly target: string
  /** Null where the target itself is written. */
  private readonly temporary: string | null
  private readonly out: number
  private isClosed = false

  /** @throws UsageError when it cannot be written. */
  constructor(
    io: Io,
    private readonly file: string,
    private readonly label = 'cannot write',
  ) {
    try {
      this.target = targetOf(io, file)
      const before = statSync(this.target, { throwIfNoEntry: false })
      mkdirSync(dirname(this.target), { recursive: true })
      this.temporary =
        before && isWrittenThrough(this.target, before) ? null : `${this.target}.${unique()}.tmp`
      this.out = this.temporary === null ? openThrough(this.target) : openSync(this.temporary, 'wx')
    } catch (error) {
      throw this.failure(error)
    }
    if (this.temporary !== null) unfinished.add(this.temporary)
  }

  /** Adds to the file. @throws UsageError, and then nothing is left of it */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    this.attempt(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.out, bytes, done)
    })
  }

  /** Gives the file its name. @throws UsageError, and then the file of before is still there */
  finish(): void {
    this.attempt(() => {
      const { temporary, target } = this
      const before = statSync(target, { throwIfNoEntry: false })
      if (temporary !== null && before) fchmodSync(this.out, before.mode & 0o7777)
      if (fstatSync(this.out).isFile()) fsyncSync(this.out)
      this.close()
      if (temporary === null) return
      renameSync(temporary, target)
      unfinished.delete(temporary)
    })
  }

  /** Takes away what was written. */
  drop(): void {
    const { temporary } = this
    this.close()
    if (temporary === null) return
    rmSync(temporary, { force: true })
    unfinished.delete(temporary)
  }

  private close(): void {
    if (this.isClosed) return
    this.isClosed = true
    closeSync(this.out)
  }

  private attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.drop()
      throw this.failure(error)
    }
  }

  private failure(error: unknown): UsageError {
    return new UsageError(`${this.label} ${this.file}: ${reason(error)}`)
  }
}

/** Temporary files that are there now. */
const unfinished = new Set<string>()

// A second Ctrl-C ends the process at once: no half of a file is left behind.
process.on('exit', () => {
  for (const file of unfinished) rmSync(file, { force: true })
})

let files = 0
const unique = () => `${process.pid}-${files++}`

/** The file itself, behind symbolic links; of a link to nothing, what it names. */
function targetOf(io: Io, file: string): string {
  const path = resolve(io.cwd, file)
  if (statSync(path, { throwIfNoEntry: false })) return realpathSync(path)
  try {
    return resolve(dirname(path), readlinkSync(path))
  } catch {
    return path
  }
}

function isSpecial(target: string): boolean {
  const stat = statSync(target, { throwIfNoEntry: false })
  return stat !== undefined && !stat.isFile()
}

function isWrittenThrough(target: string, stat: Stats): boolean {
  return !stat.isFile() || stat.nlink > 1 || !isWritable(dirname(target))
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Opens what is there. A FIFO needs a reader: without one, opening it would wait for ever. */
function openThrough(target: string): number {
  const stat = statSync(target)
  if (stat.isDirectory()) throw new Error('a directory, not a file')
  if (!stat.isFIFO()) {
    const out = openSync(target, constants.O_WRONLY)
    if (stat.isFile()) ftruncateSync(out)
    return out
  }
  const trial = openSync(target, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    return openSync(target, constants.O_WRONLY)
  } finally {
    closeSync(trial)
  }
}

/** Why a file cannot be written; null if it can. */
function unwritable(target: string): string | null {
  const stat = statSync(target, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return 'a directory, not a file'
  if (stat) accessSync(target, constants.W_OK)
  if (stat && isWrittenThrough(target, stat)) return null
  const folder = existingFolder(dirname(target))
  accessSync(folder, constants.W_OK | constants.X_OK)
  return statSync(folder).isDirectory() ? null : 'a part of the path is not a directory'
}

/** The folder, or the nearest one above it that is there. */
function existingFolder(folder: string): string {
  const above = dirname(folder)
  return statSync(folder, { throwIfNoEntry: false }) || above === folder
    ? folder
    : existingFolder(above)
}
