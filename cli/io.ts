/** Everything a command may touch of the world around it, so that tests can stand in for it. */
import { setImmediate } from 'node:timers/promises'
import pc from 'picocolors'

/** A place to write to. */
export interface Out {
  write(text: string): unknown
  /** The same place for control sequences of our own; default: itself. */
  readonly raw?: Out
  readonly isTTY?: boolean
  /** How wide a terminal is. */
  readonly columns?: number
}

export interface Io {
  /** Results. */
  readonly stdout: Out
  /** Progress and complaints. */
  readonly stderr: Out
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal
  /** What this build of forkcheck is, where programs may be kept for it; see program-cache.ts. */
  readonly build?: string
  /** The names of the keys the user presses, where there is a user. */
  readonly keys?: () => AsyncIterable<string>
}

export type Colors = ReturnType<typeof pc.createColors>

/** Colours for a terminal, none elsewhere or under NO_COLOR. */
export function colorsFor(out: Out, env: Io['env']): Colors {
  return pc.createColors(out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb')
}

/** Prints the one JSON document of a `--json` command. */
export function printJson(io: Io, document: object): void {
  io.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}

/** Lets signals in, which come only when the event loop turns. @returns is the command to end? */
export async function isStopped({ signal }: Io): Promise<boolean> {
  await setImmediate()
  return signal.aborted
}
