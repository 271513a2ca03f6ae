/** Where the helper runs: in a guest of QEMU, or on the host. Both answer requests line by line. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex, Readable, Writable } from 'node:stream'
import { buildHelper, initramfs, kernelImage, MissingPartError } from './guest.js'

/** A helper that runs. */
export interface Machine {
  /** The kernel it runs on. */
  readonly kernel: string
  /** Is it a guest, with swap space, two nodes of memory and ksmd? */
  readonly isGuest: boolean
  /** Sends lines and gives back those of the answer, without its last line `end`. */
  request(lines: readonly string[]): Promise<string[]>
  /** What the guest's kernel has printed so far. */
  console(): string
  close(): void
}

/** Raised when the guest ends, or says nothing for a long time. */
export class MachineError extends Error {
  override readonly name = 'MachineError'
}

/** How long a guest may say nothing: far more than any request takes on a loaded machine. */
const SILENCE_SECONDS = 900

class Lines {
  private rest = ''
  private readonly waiting: string[] = []
  private wake: (() => void) | null = null
  private ended: string | null = null

  constructor(stream: Readable) {
    stream.setEncoding('latin1')
    stream.on('data', (text: string) => {
      const parts = (this.rest + text).split('\n')
      this.rest = parts.pop() ?? ''
      this.waiting.push(...parts)
      this.wake?.()
    })
    for (const event of ['end', 'close', 'error'])
      stream.on(event, () => this.end('the helper has gone'))
  }

  end(why: string): void {
    this.ended ??= why
    this.wake?.()
  }

  async next(): Promise<string> {
    const limit = Date.now() + SILENCE_SECONDS * 1000
    for (;;) {
      const line = this.waiting.shift()
      if (line !== undefined) return line.replace(/\r$/, '')
      if (this.ended) throw new MachineError(this.ended)
      await this.more(limit - Date.now())
    }
  }

  private more(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new MachineError('the helper says nothing')), ms)
      this.wake = () => {
        clearTimeout(timer)
        this.wake = null
        resolve()
      }
      if (this.waiting.length > 0 || this.ended) this.wake()
    })
  }
}

async function answer(lines: Lines, to: Writable, request: readonly string[]): Promise<string[]> {
  to.write(`${request.join('\n')}\n`)
  const said: string[] = []
  for (;;) {
    const line = await lines.next()
    if (line === 'end') return said
    said.push(line)
  }
}

/** The helper on the host itself. @throws MissingPartError unless root, as frames are hidden then. */
export async function hostMachine(): Promise<Machine> {
  if (process.getuid?.() !== 0)
    throw new MissingPartError('--host needs root: the kernel shows frames to nobody else')
  const child = spawn(buildHelper(), [], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = new Lines(child.stdout)
  if ((await lines.next()) !== 'ready') throw new MachineError('the helper does not begin')
  return {
    kernel: `${release()} (host)`,
    isGuest: false,
    request: (request) => answer(lines, child.stdin, request),
    console: () => '',
    close: () => child.kill('SIGKILL'),
  }
}

export interface GuestOptions {
  /** A bzImage; default: Debian's from the cache. */
  readonly image?: string
  /** More words for the kernel's command line. */
  readonly append?: readonly string[]
  /** Hold the processors, and listen for a debugger at `gdb` in the guest's folder. */
  readonly gdb?: boolean
  /** How many processors it has; all but the first one are kept free of kernel threads. */
  readonly processors?: number
  /** Another program that the guest has, by its path here. */
  readonly program?: string
  /** More arguments for QEMU. */
  readonly more?: readonly string[]
}

/** A running QEMU with its two serial lines. */
export interface Guest extends Machine {
  readonly process: ChildProcess
  /** The folder of its sockets. */
  readonly folder: string
  /** Sends lines without waiting for an answer. */
  tell(lines: readonly string[]): void
  /** Waits for the helper's `ready`. */
  begun(): Promise<void>
}

const COMMAND_LINE = [
  'console=ttyS0',
  'nopti',
  'mitigations=off',
  'nokaslr',
  'panic=1',
  'oops=panic',
  'no_timer_check',
  'quiet',
]

/** Threads of the kernel stay away from the other processors: they would empty their TLBs. */
function isolated(processors: number): string[] {
  const others = processors > 2 ? `1-${processors - 1}` : '1'
  return [
    `isolcpus=nohz,domain,managed_irq,${others}`,
    `nohz_full=${others}`,
    `rcu_nocbs=${others}`,
  ]
}

/** Starts a guest; it may not have booted yet. @throws MissingPartError */
export async function startGuest(options: GuestOptions = {}): Promise<Guest> {
  needsQemu()
  const image = kernelImage(options.image)
  const initrd = initramfs(buildHelper(), image, options.program)
  const folder = mkdtempSync(join(tmpdir(), 'forkcheck-guest-'))
  const port = join(folder, 'port')
  const { processors = 2 } = options
  const command = [...COMMAND_LINE, ...isolated(processors), ...(options.append ?? [])]
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=multi', '-machine', 'pc', '-smp', `${processors}`, '-m', '512'],
      ...['-global', 'migration.store-global-state=off'],
      ...['-object', 'memory-backend-ram,id=m0,size=256M'],
      ...['-object', 'memory-backend-ram,id=m1,size=256M'],
      ...[
        '-numa',
        `node,nodeid=0,cpus=0-${processors - 1},memdev=m0`,
        '-numa',
        'node,nodeid=1,memdev=m1',
      ],
      ...['-kernel', image.path, '-initrd', initrd],
      ...['-display', 'none', '-monitor', 'none', '-no-reboot', '-net', 'none'],
      ...['-serial', 'stdio', '-chardev', `socket,id=port,path=${port},server=on,wait=on`],
      ...(options.gdb ? ['-S', '-gdb', `unix:${join(folder, 'gdb')},server=on,wait=off`] : []),
      ...['-serial', 'chardev:port', ...(options.more ?? [])],
      ...['-append', command.join(' ')],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      printed = (printed + data.toString('latin1')).slice(-100_000)
    })
  const socket = await connect(port, child, () => printed)
  const lines = new Lines(socket)
  child.on('exit', () => lines.end(`the guest has ended: ${lastLine(printed)}`))
  return {
    kernel: image.version,
    isGuest: true,
    process: child,
    folder,
    console: () => printed,
    request: (request) => answer(lines, socket, request),
    tell: (request) => void socket.write(`${request.join('\n')}\n`),
    begun: async () => {
      while ((await lines.next()) !== 'ready');
    },
    close: () => {
      socket.destroy()
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A guest whose helper waits for requests. */
export async function guestMachine(options: GuestOptions = {}): Promise<Guest> {
  const guest = await startGuest(options)
  await guest.begun()
  return guest
}

function needsQemu(): void {
  try {
    execFileSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' })
  } catch {
    throw new MissingPartError('QEMU is not installed: apt-get install qemu-system-x86')
  }
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''

async function connect(path: string, child: ChildProcess, said: () => string): Promise<Duplex> {
  for (let i = 0; i < 600; i++) {
    const socket = await new Promise<net.Socket | null>((resolve) => {
      const attempt = net.connect(path)
      attempt.once('connect', () => resolve(attempt))
      attempt.once('error', () => resolve(null))
    })
    if (socket) return socket
    if (child.exitCode !== null) throw new MachineError(`QEMU does not begin: ${lastLine(said())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new MachineError(`QEMU does not open its port: ${lastLine(said())}`)
}
