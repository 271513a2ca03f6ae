/** How the values of options are read. */
import { type Command, InvalidArgumentError } from 'commander'

/** The output options of a command that may find counterexamples. @param what is saved by --out. */
export function saving(command: Command, what: string): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--out <dir>', `save ${what} below this directory`)
    .option('--quiet', 'show no progress')
}

/** Collects a repeatable option whose values may also be joined by commas. */
export function names(value: string, before: readonly string[] = []): string[] {
  const parts = value.split(',').map((part) => part.trim())
  if (parts.includes('')) throw new InvalidArgumentError('must be names, joined by commas.')
  return [...new Set([...before, ...parts])]
}

/** Collects a repeatable option. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** A whole number of 1 or more. */
export function positive(value: string): number {
  return whole(value, 1)
}

/** A whole number of 0 or more. */
export function natural(value: string): number {
  return whole(value, 0)
}

/** A span of time, in seconds: `500ms`, `60s`, `2m`, `1h`; a bare number means seconds. */
export function duration(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(value)
  const unit = { ms: 0.001, s: 1, m: 60, h: 3600 }[match?.[2] ?? 's'] ?? 1
  const seconds = Number(match?.[1]) * unit
  if (seconds > 0 && Number.isFinite(seconds)) return seconds
  throw new InvalidArgumentError('must be a time above 0 such as 500ms, 60s, 2m or 1h.')
}

/** An amount of memory, in bytes: `512MB`, `8GB`. */
export function size(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(MB|GB)$/i.exec(value)
  const unit = match?.[2].toUpperCase() === 'GB' ? 2 ** 30 : 2 ** 20
  const bytes = Number(match?.[1]) * unit
  if (bytes > 0 && Number.isFinite(bytes)) return bytes
  throw new InvalidArgumentError('must be an amount of memory such as 512MB or 8GB.')
}

/** A seed: decimal or 0x and hexadecimal digits, 0 to 2^64 - 1. */
export function seed(value: string): bigint {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(value) ? BigInt(value) : -1n
  if (number >= 0n && number < 2n ** 64n) return number
  throw new InvalidArgumentError('must be a whole number from 0 to 2^64 - 1, such as 7 or 0x2f10.')
}

function whole(value: string, least: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number
  throw new InvalidArgumentError(`must be a whole number of ${least} or more.`)
}
