/** Errors and their exit codes. */
import { InputError } from '../checker/input-error.js'
import { shown } from '../checker/thrown.js'
import type { Io } from './io.js'

export const EXIT = {
  /** Everything seen, nothing violated. */
  ok: 0,
  /** A violation, or a corpus file that does not do what it expects. */
  violated: 1,
  usage: 2,
  /** A limit was hit first. */
  incomplete: 3,
  /** A mistake in forkcheck, or a model that is not deterministic. */
  internal: 4,
  interrupted: 130,
} as const

/** Raised for what the user can mend; its message is the one line that is shown. */
export class UsageError extends InputError {
  override readonly name = 'UsageError'
}

/** Is it about what the user gave, not about forkcheck? */
export function isUsage(error: unknown): error is InputError {
  return error instanceof InputError
}

/** The message of a thrown value, on one line. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : shown(error)
  return message.replace(/\s*\n\s*/g, ' ').trim()
}

/** Why the file system refused, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EISDIR: 'a directory, not a file',
    ELOOP: 'its symbolic links form a loop',
    ENAMETOOLONG: 'the name is too long',
    ENOENT: 'no such file',
    ENOSPC: 'no space is left on the device',
    ENOTDIR: 'a part of the path is not a directory',
    ENXIO: 'no program reads from it',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
  }
  return words[code ?? ''] ?? message
}

/** Reports an interrupt. @param rest its consequence. @returns the exit code. */
export function interrupted(io: Io, rest?: string): number {
  io.stderr.write(`forkcheck: interrupted${rest === undefined ? '' : `; ${rest}`}\n`)
  return EXIT.interrupted
}
