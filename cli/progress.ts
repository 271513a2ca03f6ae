/** The line on stderr that says how far something has come. Only on a terminal. */
import { SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** Seconds between two updates. */
const PAUSE = 0.1

/** How wide a bar is, in characters. */
const BAR_COLUMNS = 20

/** How far something has come, in words. `rate` is what `count` grows by in a second. */
export interface Shown {
  readonly count: number
  readonly text: (rate: string) => string
}

/** Several checks, one part of which is done. */
interface Whole {
  readonly done: number
  readonly all: number
  /** When the first one began, in seconds. */
  readonly begun: number
}

function barOf({ done, all }: Whole, elapsed: number): string {
  const columns = Math.floor((done / all) * BAR_COLUMNS)
  const bar = '#'.repeat(columns).padEnd(BAR_COLUMNS, '-')
  return `[${bar}] ${done} of ${all}${timeLeft(elapsed, done, all)}  `
}

/** The time that is left if the checks that are left take as long as those that are done. */
export function timeLeft(elapsed: number, done: number, all: number): string {
  if (done === 0 || elapsed < 1) return ''
  return `  about ${Math.ceil((elapsed / done) * (all - done))} s left`
}

/** Shows one search or simulation after the other. Shows nothing without a terminal. */
export class ProgressLine {
  private readonly bar: SingleBar | null
  private title = ''
  private started = 0
  private shown = 0
  private whole: Whole | null = null

  constructor(
    io: Io,
    quiet: boolean,
    private readonly seconds: () => number,
  ) {
    const stream = io.stderr as unknown as NodeJS.WritableStream
    const watched = io.stderr.isTTY === true && !quiet
    const format = '{whole}{title}  {text}'
    this.bar = watched
      ? new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true, fps: 10 })
      : null
  }

  /** Of so many checks so many are done: from now on a bar says so. */
  part(done: number, all: number): void {
    const { begun } = this.whole ?? { begun: this.seconds() }
    this.whole = all > 1 ? { done, all, begun } : null
  }

  /** A new search begins. */
  begin(title: string): void {
    this.title = title
    this.started = this.seconds()
    this.shown = 0
  }

  show({ count, text }: Shown): void {
    const now = this.seconds()
    if (!this.bar || now - this.shown < PAUSE) return
    const rate = Math.round(count / Math.max(now - this.started, 0.001))
    const { title, whole } = this
    const payload = {
      whole: whole ? barOf(whole, now - whole.begun) : '',
      title,
      text: text(`${rate.toLocaleString('en')}/s`),
    }
    if (this.shown === 0) this.bar.start(1, 0, payload)
    else this.bar.update(0, payload)
    this.shown = now
  }

  /** Removes the line, so that results can be printed. */
  end(): void {
    if (this.shown > 0) this.bar?.stop()
    this.shown = 0
  }
}
