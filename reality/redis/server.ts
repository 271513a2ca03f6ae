/** A Redis server of our own in a folder of its own, and connections to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MissingPartError } from '../guest.js'
import { MachineError } from '../machine.js'

/** What Redis answers: a line, a number, nothing, or a list. */
export type Reply = string | number | null | readonly Reply[]

/** A reply at the beginning of a text, and where it ends; null while there is more to come. */
export function replyIn(text: string, at: number): { reply: Reply; end: number } | null {
  const line = text.indexOf('\r\n', at)
  if (line < 0) return null
  const word = text.slice(at + 1, line)
  const end = line + 2
  switch (text[at]) {
    case ':':
      return { reply: Number(word), end }
    case '$':
      if (word === '-1') return { reply: null, end }
      if (text.length < end + Number(word) + 2) return null
      return { reply: text.slice(end, end + Number(word)), end: end + Number(word) + 2 }
    case '*': {
      const replies: Reply[] = []
      let from = end
      for (let i = 0; i < Number(word); i++) {
        const next = replyIn(text, from)
        if (!next) return null
        replies.push(next.reply)
        from = next.end
      }
      return { reply: replies, end: from }
    }
    default:
      return { reply: word, end }
  }
}

export class Connection {
  private text = ''
  private readonly waiting: ((reply: Reply) => void)[] = []

  constructor(private readonly socket: net.Socket) {
    socket.setEncoding('latin1')
    socket.on('error', () => {})
    socket.on('data', (data: string) => {
      this.text += data
      for (let next = replyIn(this.text, 0); next; next = replyIn(this.text, 0)) {
        this.text = this.text.slice(next.end)
        this.waiting.shift()?.(next.reply)
      }
    })
  }

  send(...words: (string | number)[]): Promise<Reply> {
    const all = words.map(String)
    this.socket.write(
      `*${all.length}\r\n${all.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`,
      'latin1',
    )
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  close(): void {
    this.socket.destroy()
  }
}

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'forkcheck-redis-'))
  private process: ChildProcess | null = null

  /** Where replicas connect to; 0: nowhere. */
  port = 0

  private get path(): string {
    return join(this.folder, 'socket')
  }

  /** @throws MissingPartError without Redis, MachineError where it does not begin. */
  async start(...more: string[]): Promise<void> {
    try {
      execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    } catch {
      throw new MissingPartError('Redis is not installed: apt-get install redis-server')
    }
    mkdirSync(this.folder, { recursive: true })
    const place = ['--port', String(this.port), '--unixsocket', this.path, '--dir', this.folder]
    const plain = ['--save', '', '--appendonly', 'no', '--dbfilename', 'dump.rdb']
    const child = spawn('redis-server', [...place, ...plain, ...more], { stdio: 'ignore' })
    this.process = child
    while (child.exitCode === null) {
      const connection = await this.tryConnect()
      if (connection) {
        const info = String(await connection.send('info', 'persistence'))
        connection.close()
        if (/\nloading:0/.test(info)) return
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new MachineError('redis-server does not begin')
  }

  private tryConnect(): Promise<Connection | null> {
    return new Promise((resolve) => {
      const socket = net.connect(this.path)
      socket.once('connect', () => resolve(new Connection(socket)))
      socket.once('error', () => resolve(null))
    })
  }

  async connect(): Promise<Connection> {
    const connection = await this.tryConnect()
    if (!connection) throw new MachineError('redis-server does not answer')
    return connection
  }

  /** A port that is free now, for replicas. */
  async takePort(): Promise<void> {
    const listener = net.createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    this.port = (listener.address() as net.AddressInfo).port
    await new Promise((resolve) => listener.close(resolve))
  }

  /** Kilobytes of page tables (VmPTE). */
  tables(): number {
    const status = readFileSync(`/proc/${this.process?.pid}/status`, 'utf8')
    return Number(/VmPTE:\s+(\d+)/.exec(status)?.[1] ?? 0)
  }

  /** Kilobytes in memory (VmRSS). */
  resident(): number {
    const status = readFileSync(`/proc/${this.process?.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  }

  /** Page faults so far that read nothing from a disk (minflt, proc(5)). */
  faults(): number {
    const stat = readFileSync(`/proc/${this.process?.pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[7])
  }

  stop(): void {
    this.process?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
