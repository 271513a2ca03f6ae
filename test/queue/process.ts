/** The built command line as processes that can be watched, interrupted and killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export class Running {
  out = ''
  err = ''
  private readonly child: ChildProcess
  /** The exit code, or the signal. */
  readonly ended: Promise<number | string>
  private readonly waiting = new Set<() => void>()
  private isOver = false

  constructor(argv: readonly string[], cwd: string) {
    this.child = spawn(process.execPath, [main, ...argv], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const add = (name: 'out' | 'err') => (text: string) => {
      this[name] += text
      for (const look of this.waiting) look()
    }
    this.child.stdout?.setEncoding('utf8').on('data', add('out'))
    this.child.stderr?.setEncoding('utf8').on('data', add('err'))
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.isOver = true
        for (const look of this.waiting) look()
        resolve(code ?? signal ?? '')
      })
    })
  }

  /** Waits until it has said something on stderr. @throws Error when it ends without it. */
  async says(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (this.err.includes(text)) resolve()
        else if (this.isOver) reject(new Error(`ended without saying ${text}: ${this.err}`))
      }
      this.waiting.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }
}
