/** The line on stderr that says how far something has come. Only on a terminal. */
import { SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** Seconds between two updates. */
const PAUSE = 0.1

/** How far something has come, in words. `rate` is what `count` grows by in a second. */
export interface Shown {
  readonly count: number
  readonly text: (rate: string) => string
}

/** Shows one search or simulation after the other. Shows nothing without a terminal. */
export class ProgressLine {
  private readonly bar: SingleBar | null
  private title = ''
  private started = 0
  private shown = 0

  constructor(
    io: Io,
    quiet: boolean,
    private readonly seconds: () => number,
  ) {
    const stream = io.stderr as unknown as NodeJS.WritableStream
    const watched = io.stderr.isTTY === true && !quiet
    const format = '{title}  {text}'
    this.bar = watched
      ? new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true, fps: 10 })
      : null
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
    const payload = { title: this.title, text: text(`${rate.toLocaleString('en')}/s`) }
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
