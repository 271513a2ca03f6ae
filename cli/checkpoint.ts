/**
 * Checkpoints: files from which a long check can go on after a crash.
 *
 * A file consists of a line with its format, a line with a length, a line of JSON in which typed
 * arrays are placeholders, the arrays one after the other, and a SHA-256 sum of all before it. It
 * is written beside the old file and then renamed, so there is a complete file at every moment.
 */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Interrupted, RunData } from '../runs/run.js'
import { reason, UsageError } from './errors.js'
import type { Io } from './io.js'
import { OutputFile } from './output-file.js'
import { packageVersion } from './package.js'

const TITLE = 'forkcheck checkpoint 1\n'
/** The second line is the length of the third, in bytes. */
const LENGTH_DIGITS = 12
const SUM_BYTES = 32
/** Read and written at once. */
const PIECE = 2 ** 24

/** The state of a check: the runs that are done, and the run it is at. */
export interface Kept {
  readonly done: readonly RunData[]
  readonly current: Interrupted | null
}

/** How a runner uses a checkpoint. */
export interface Checkpoint {
  /** The results from an earlier process. */
  readonly from: Kept | null
  /** Told of what is known, often; writes it down now and then, and when it `isLast`. */
  keep(done: readonly RunData[], take: () => Interrupted | null, isLast: boolean): void
}

/** A checkpoint in a file. It is rewritten after every `every` seconds. */
export function checkpointIn(
  io: Io,
  file: string | undefined,
  every: number,
  question: string,
  from: Kept | null,
): Checkpoint {
  let last = performance.now()
  return {
    from,
    keep(done, take, isLast) {
      if (file === undefined) return
      if (!isLast && performance.now() - last < every * 1000) return
      const data = done.map(({ run, counterexamples, witnesses }) => ({
        run,
        counterexamples,
        witnesses,
      }))
      writeCheckpoint(io, file, question, { done: data, current: take() })
      last = performance.now()
    },
  }
}

/** The JSON line. `question` is what was asked: it must be the same when the check goes on. */
interface Head extends Kept {
  readonly version: string
  readonly question: string
}

type Numbers = Int32Array | Uint16Array
const KINDS = { Int32Array, Uint16Array }

/** Instead of a typed array in the JSON line: they follow in the order of their placeholders. */
interface Placeholder {
  readonly array: keyof typeof KINDS
  readonly length: number
}

/** Writes a checkpoint. @throws UsageError when it cannot be written; the old one stays. */
function writeCheckpoint(io: Io, file: string, question: string, kept: Kept): void {
  const arrays: Numbers[] = []
  const head: Head = { version: packageVersion(), question, ...kept }
  const line = JSON.stringify(head, (_, value) => {
    if (!(value instanceof Int32Array || value instanceof Uint16Array)) return value
    arrays.push(value)
    const array = value instanceof Int32Array ? 'Int32Array' : 'Uint16Array'
    return { array, length: value.length } satisfies Placeholder
  })
  const out = new OutputFile(io, file)
  const sum = createHash('sha256')
  const json = Buffer.from(`${line}\n`)
  const length = String(json.length).padStart(LENGTH_DIGITS)
  write(out, sum, Buffer.from(`${TITLE}${length}\n`))
  write(out, sum, json)
  for (const array of arrays)
    write(out, sum, new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  out.write(sum.digest())
  out.finish()
}

function write(out: OutputFile, sum: Hash, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE)
    sum.update(piece)
    out.write(piece)
  }
}

/**
 * Reads a checkpoint.
 * @throws UsageError when it is none, is damaged, or is of another question or version.
 */
export function readCheckpoint(io: Io, file: string, question: string): Kept {
  let input: number
  try {
    input = openSync(resolve(io.cwd, file), 'r')
  } catch (error) {
    throw new UsageError(`--resume ${file}: ${reason(error)}`)
  }
  try {
    return read(input, file, question)
  } finally {
    closeSync(input)
  }
}

function read(input: number, file: string, question: string): Kept {
  const damaged = () => new UsageError(`--resume ${file}: not a checkpoint, or a damaged one`)
  const { size } = fstatSync(input)
  const sum = createHash('sha256')
  let at = 0
  const take = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) {
      const piece = bytes.subarray(done, done + PIECE)
      const got = readSync(input, piece, 0, piece.length, at)
      if (got === 0) throw damaged()
      sum.update(piece.subarray(0, got))
      done += got
      at += got
    }
  }
  const text = (length: number): string => {
    if (!(length <= size - at)) throw damaged()
    const bytes = Buffer.alloc(length)
    take(bytes)
    return bytes.toString()
  }
  if (text(TITLE.length) !== TITLE) throw damaged()
  const line = text(Number(text(LENGTH_DIGITS + 1)))
  const arrays: Numbers[] = []
  let head: Head
  try {
    head = JSON.parse(line, (_, value) => {
      const kind = KINDS[(value as Placeholder | null)?.array as keyof typeof KINDS]
      if (!kind) return value
      if (!(value.length * kind.BYTES_PER_ELEMENT <= size)) throw damaged()
      const array = new kind(value.length)
      arrays.push(array)
      return array
    })
  } catch {
    throw damaged()
  }
  for (const array of arrays) take(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  const expected = Buffer.alloc(SUM_BYTES)
  readSync(input, expected, 0, SUM_BYTES, at)
  if (at + SUM_BYTES !== size || !sum.digest().equals(expected)) throw damaged()
  const version = packageVersion()
  if (head.version !== version)
    throw new UsageError(
      `--resume ${file}: written by forkcheck ${head.version}, this is ${version}`,
    )
  if (head.question !== question)
    throw new UsageError(
      `--resume ${file}: of another check: ${difference(head.question, question)}`,
    )
  return head
}

/** The first part in which two questions differ. */
function difference(one: string, other: string): string {
  const [before, now] = [JSON.parse(one), JSON.parse(other)] as Record<string, unknown>[]
  const name = Object.keys({ ...before, ...now }).find(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]),
  )
  const shown = (value: unknown) => {
    const text = JSON.stringify(value) ?? 'none'
    return text.length > 60 ? `${text.slice(0, 60)}...` : text
  }
  return `${name} was ${shown(before[name ?? ''])}, now it is ${shown(now[name ?? ''])}`
}
