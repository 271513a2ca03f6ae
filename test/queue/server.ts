/** A Redis of the tests' own: a free port, a folder of its own, and AOF, so that it can be killed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

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

  /** What redis-cli prints. */
  cli(...words: string[]): string {
    const { stdout } = spawnSync('redis-cli', ['-p', `${this.port}`, ...words], {
      encoding: 'utf8',
    })
    return stdout.trim()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
