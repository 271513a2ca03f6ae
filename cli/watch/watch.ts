/**
 * `check --watch`: the check again whenever a file that it reads has changed. Each check is a
 * process of its own, because a module is loaded once in a process.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { EXIT } from '../errors.js'
import type { Io } from '../io.js'
import { packageRoot } from '../package.js'

/** Editors write a file in several steps, within so many milliseconds. */
const SETTLED = 100

/** The folders of a clone that hold rules and properties. */
const SOURCES = ['model', 'properties']

/**
 * Runs a command, and again after each change, until the user interrupts.
 * @param argv the command with its arguments.
 * @param files those that it reads.
 */
export async function runWatching(
  io: Io,
  argv: readonly string[],
  files: readonly string[],
): Promise<number> {
  const changes = new Changes(io, files)
  const folder = mkdtempSync(join(tmpdir(), 'forkcheck-watch-'))
  const round = ['--round', join(folder, 'round.json')]
  const say = (text: string) => io.stderr.write(`forkcheck: ${text}\n`)
  try {
    while (!io.signal.aborted) {
      const isBuilt = changes.takeSource() ? await build(io, say) : true
      const change = changes.next()
      const child = isBuilt ? started(io, [executable(), ...argv, ...round]) : null
      const over = child && ended(child)
      const isEarly = over && (await Promise.race([over, change.then(() => 'early')]))
      if (isEarly === 'early') child?.kill('SIGINT')
      else if (!io.signal.aborted) say('waiting for a change, Ctrl-C ends')
      const name = await change
      if (name === null) child?.kill('SIGINT')
      else say(`${name} has changed`)
      // It writes down what it has found, for the next one.
      await over
    }
  } finally {
    changes.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return EXIT.interrupted
}

const executable = () => join(packageRoot(), 'dist/cli/main.js')

/** What has changed since it was last asked. */
class Changes {
  private isSource = false
  /** A change that nobody has waited for yet. */
  private pending: string | null = null
  private readonly over = new AbortController()
  private tell: (name: string | null) => void = () => {}

  constructor(
    private readonly io: Io,
    files: readonly string[],
  ) {
    const { signal } = this.over
    for (const file of files) {
      const path = resolve(io.cwd, file)
      // The folder, because many editors replace a file by another one.
      watch(dirname(path), { signal }, (_, name) => name === basename(path) && this.told(file))
    }
    for (const folder of sourceFolders())
      watch(join(packageRoot(), folder), { recursive: true, signal }, (_, name) => {
        if (!name?.endsWith('.ts')) return
        this.isSource = true
        this.told(join(folder, name))
      })
    io.signal.addEventListener('abort', () => this.tell(null), { once: true })
  }

  /** The name of the next file that changes; null when the user interrupts. */
  async next(): Promise<string | null> {
    const changed = new Promise<string | null>((tell) => {
      this.tell = tell
    })
    if (this.io.signal.aborted) return null
    const name = this.pending ?? (await changed)
    await setTimeout(SETTLED)
    this.pending = null
    return this.io.signal.aborted ? null : name
  }

  /** Has a source of the clone changed since this was last asked? Then it must be built. */
  takeSource(): boolean {
    const { isSource } = this
    this.isSource = false
    return isSource
  }

  close(): void {
    this.over.abort()
  }

  private told(name: string): void {
    this.pending = name
    this.tell(name)
  }
}

/** The folders with the model's sources; none in an installed package. */
function sourceFolders(): readonly string[] {
  return existsSync(join(packageRoot(), 'tsconfig.build.json')) ? SOURCES : []
}

/** Builds the clone. @returns false where the compiler refuses. */
async function build(io: Io, say: (text: string) => void): Promise<boolean> {
  say('building')
  const root = packageRoot()
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const code = await ended(started(io, [compiler, '-p', join(root, 'tsconfig.build.json')]))
  if (code !== 0) say('the compiler refuses it')
  return code === 0
}

/** A Node.js process whose output goes where ours goes; on a terminal it is the terminal's. */
function started(io: Io, argv: readonly string[]): ChildProcess {
  const isTerminal = io.stdout.isTTY === true
  const output = isTerminal ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, argv, {
    cwd: io.cwd,
    env: { ...process.env, ...io.env },
    stdio: ['ignore', output, output],
  })
  child.stdout?.on('data', (data: Buffer) => io.stdout.write(data.toString()))
  child.stderr?.on('data', (data: Buffer) => io.stderr.write(data.toString()))
  return child
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    child.on('close', done)
    child.on('error', () => done(null))
  })
}
