/**
 * The explorer as a static site: every scenario, mutant and saved story has a link that stays the
 * same. It needs no server of its own: any web server shows it, and a browser opens it as a file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseCounterexample } from '../runs/counterexample.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { playgroundOf } from '../story/playground.js'
import { corpusIn } from './corpus-files.js'
import { UsageError } from './errors.js'
import { readText } from './files.js'
import type { Io } from './io.js'
import { checkDirectory, writeText } from './output-file.js'
import { packageVersion } from './package.js'
import { explorerPage, playgroundPage } from './report-page.js'

/** The pages of the site. */
const FILES = { first: 'index.html', explorer: 'explore.html' } as const
/** What tells our pages from those of others, which are never overwritten. */
const OURS = '<meta name="generator" content="forkcheck">'

/**
 * Writes the site into a folder, over an older one.
 * @param corpus the folder with the stories; default: the corpus of this folder or of the package.
 * @param link the view that the explorer begins with, where its address does not say.
 * @returns the path of the first page, as the user would name it
 * @throws UsageError when the folder holds other pages, or cannot be written
 */
export function writePlayground(
  io: Io,
  folder: string,
  { corpus, link }: { corpus: string | undefined; link: string },
): string {
  checkDirectory(io, folder)
  checkFolder(io, folder)
  const { files } = corpusIn(io, corpus)
  const saved = files.map((file) => parseCounterexample(readText(io, file), file))
  const { page, stories } = playgroundOf(forkMachine, saved, packageVersion())
  const explorer = explorerPage({
    link,
    mutantFile: null,
    propertyFile: null,
    model: null,
    stories,
  })
  writeText(io, join(folder, FILES.explorer), explorer)
  const first = join(folder, FILES.first)
  writeText(io, first, playgroundPage(page))
  return first
}

/** @throws UsageError when something else lies where a page is to be written */
function checkFolder(io: Io, folder: string): void {
  const path = resolve(io.cwd, folder)
  if (!existsSync(path)) return
  const names: readonly string[] = Object.values(FILES)
  const foreign = readdirSync(path).find(
    (name) => names.includes(name) && !isOurs(join(path, name)),
  )
  if (foreign !== undefined)
    throw new UsageError(`--out ${folder}: ${foreign} is there, and forkcheck did not write it`)
}

function isOurs(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').slice(0, 2000).includes(OURS)
  } catch {
    return false
  }
}
