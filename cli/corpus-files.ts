/** The files of a corpus: where they are, what they say, and how their replays end. */
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { corpusIndex, INDEX_HEAD } from '../runs/corpus-index.js'
import { counterexamplePath, parseCounterexample } from '../runs/counterexample.js'
import type { ReplayStatus } from '../runs/replay.js'
import { type Replayed, replayFile, untrueParts } from './counterexample-file.js'
import { isUsage, oneLine, reason, UsageError } from './errors.js'
import { readText } from './files.js'
import type { Io } from './io.js'
import { writeText } from './output-file.js'
import type { Outside } from './outside.js'
import { packageRoot } from './package.js'

/** A corpus, as the user would name it, and its files. */
export interface Corpus {
  readonly directory: string
  /** All JSON files below it, as the user would name them, in order. */
  readonly files: readonly string[]
}

/** One file of a corpus and how its replay ended. */
export interface Checked {
  readonly file: string
  readonly status: ReplayStatus | 'unreadable'
  /** It is where it belongs, and did what it expects. */
  readonly asExpected: boolean
  readonly message: string
  /** Where it belongs in the corpus by what it says, if that is elsewhere; else null. */
  readonly properName: string | null
  /** Null if it could not be read. */
  readonly replayed: Replayed | null
}

/** The corpus in a directory: the one given, or `counterexamples`, or the package's own. */
export function corpusIn(io: Io, given: string | undefined, { mayBeNew = false } = {}): Corpus {
  // New counterexamples are never written into the package.
  const directory = given ?? (mayBeNew ? 'counterexamples' : defaultDirectory(io))
  const stat = statSync(resolve(io.cwd, directory), { throwIfNoEntry: false })
  if (!stat && mayBeNew) return { directory, files: [] }
  if (!stat) throw new UsageError(`${directory}: no such directory`)
  if (!stat.isDirectory()) throw new UsageError(`${directory}: a file, not a directory`)
  return { directory, files: jsonFiles(io, directory) }
}

/** @throws UsageError when there are no files: a check of nothing cannot fail. */
export function corpusWithFiles(io: Io, given: string | undefined): Corpus {
  const corpus = corpusIn(io, given)
  if (corpus.files.length > 0) return corpus
  throw new UsageError(`${corpus.directory}: no counterexample files (.cex.json)`)
}

/** Replays a file of a corpus. Never throws for what is in the file. */
export function checkFile(io: Io, { directory }: Corpus, file: string, outside: Outside): Checked {
  try {
    const replayed = replayFile(io, file, outside)
    const { status, message } = replayed.replay
    const proper = counterexamplePath(replayed.file)
    const isMisnamed = relative(directory, file).replaceAll('\\', '/') !== proper
    const faults = [
      ...(isMisnamed ? [`by what it says it is ${proper}`] : []),
      ...(status === 'reproduces' ? untrueParts(replayed) : []),
    ]
    return {
      file,
      status,
      asExpected: replayed.asExpected && faults.length === 0,
      message: [...faults, message].join('; '),
      properName: isMisnamed ? proper : null,
      replayed,
    }
  } catch (error) {
    if (!isUsage(error)) throw error
    const message = oneLine(error).replace(`${file}: `, '')
    const nothing = { properName: null, replayed: null }
    return { file, status: 'unreadable', asExpected: false, message, ...nothing }
  }
}

/** Writes the index of a corpus, unless its README is somebody else's. */
export function writeIndex(io: Io, directory: string): void {
  const readme = join(directory, 'README.md')
  const path = resolve(io.cwd, readme)
  if (existsSync(path) && !readFileSync(path, 'utf8').startsWith(INDEX_HEAD)) return
  const saved = jsonFiles(io, directory).flatMap((file) => {
    try {
      const path = relative(directory, file).replaceAll('\\', '/')
      return [{ path, file: parseCounterexample(readText(io, file), file) }]
    } catch (error) {
      if (!isUsage(error)) throw error
      return []
    }
  })
  writeText(io, readme, corpusIndex(saved))
}

function jsonFiles(io: Io, directory: string): string[] {
  const root = resolve(io.cwd, directory)
  if (!existsSync(root)) return []
  return entriesIn(root, directory)
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map((entry) => join(directory, relative(root, join(entry.parentPath, entry.name))))
    .sort()
}

/** @throws UsageError when a folder in it cannot be read: what is in there would go unseen. */
function entriesIn(root: string, directory: string): Dirent[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
  } catch (error) {
    const { path = root } = error as NodeJS.ErrnoException
    throw new UsageError(`${join(directory, relative(root, path))}: ${reason(error)}`)
  }
}

function defaultDirectory(io: Io): string {
  if (existsSync(resolve(io.cwd, 'counterexamples'))) return 'counterexamples'
  return join(packageRoot(), 'counterexamples')
}
