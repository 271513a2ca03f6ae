/** The line on stderr that says how far a search has come. Only on a terminal. */
import { SingleBar } from 'cli-progress'
import type { Progress } from '../core/runs.js'
import type { Io } from './io.js'

/** Seconds between two updates. */
const PAUSE = 0.1

const FORMAT =
  '{title}  {states} states ({rate}/s)  {transitions} transitions  queue {queue}  depth {depth}  {memory} MB'

/** Shows one search after the other. Does nothing where nobody looks. */
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
    this.bar = watched
      ? new SingleBar({ format: FORMAT, stream, clearOnComplete: true, hideCursor: true, fps: 10 })
      : null
  }

  /** A new search begins. */
  begin(title: string): void {
    this.title = title
    this.started = this.seconds()
    this.shown = 0
  }

  show({ states, transitions, queue, depth, bytes }: Progress): void {
    const now = this.seconds()
    if (!this.bar || now - this.shown < PAUSE) return
    const rate = Math.round(states / Math.max(now - this.started, 0.001))
    const memory = Math.ceil(bytes / 2 ** 20)
    const payload = { title: this.title, states, transitions, queue, depth, rate, memory }
    if (this.shown === 0) this.bar.start(1, 0, payload)
    else this.bar.update(0, payload)
    this.shown = now
  }

  /** The search is over: the line goes away, so that results can be printed. */
  end(): void {
    if (this.shown > 0) this.bar?.stop()
    this.shown = 0
  }
}
