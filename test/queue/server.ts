/** A Redis of the tests' own: a free port, a folder of its own, and AOF, so that it can be killed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

export class RedisServer {
  private child: ChildProcess | null = null
  readonly folder = mkdtempSync(join(tmpdir(), 'forkcheck-redis-'))

  private constructor(
    readonly port: number,
    private readonly more: readonly string[],
  ) {}

  /** @param more further options of redis-server. */
  static async start(...more: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), more)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it, or starts it again with the data that it has. Waits until it answers. */
  async start(): Promise<void> {
    const options = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.folder,
      appendonly: 'yes',
      save: '',
    }
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
    const child = spawn('redis-server', [...words, ...this.more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.child = child
    let said = ''
    for await (const line of createInterface({ input: child.stdout })) {
      said += `${line}\n`
      if (line.includes('Ready to accept connections')) break
    }
    if (!said.includes('Ready to accept connections')) throw new Error(`redis-server: ${said}`)
    child.stdout.resume()
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
  }

  /** It does not answer any more, and its connections stay. */
  freeze(): void {
    this.child?.kill('SIGSTOP')
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Waits until so many parts wait for a worker. */
  async hasWaiting(parts: number): Promise<void> {
    while (this.cli('LLEN', 'forkcheck:parts:wait') !== `${parts}`) await setTimeout(50)
  }

  /** What redis-cli prints. */
  cli(...words: string[]): string {
    const { stdout } = spawnSync('redis-cli', ['-p', `${this.port}`, ...words], {
      encoding: 'utf8',
    })
    return stdout.trim()
  }
}

/**
 * A port that is free, below those that the kernel gives to connections (ip_local_port_range): a
 * Redis that was killed finds it free again, and who tries to reach it meanwhile cannot meet itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
