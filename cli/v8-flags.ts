/** Flags of the JavaScript engine that depend on its version. An engine refuses flags it lacks. */
import { setFlagsFromString } from 'node:v8'

/**
 * The flag that makes V8 run a function six times as long before it optimises it.
 *
 * Most models here are small and soon searched. Where each processor already has a thread of ours,
 * V8's optimising threads compete with them and take as much time as the search itself.
 * @param v8 the engine's version, as in `process.versions.v8`.
 * @returns the flag; null where the engine has none: V8 12, in Node.js 22, took it away.
 */
export function lateOptimisation(v8: string): string | null {
  return interruptBudget(v8, 400_000)
}

/**
 * The flags for the start: most commands end before code that V8 has optimised pays, and its
 * optimiser is the largest part of their processor time. A command that goes on gets V8's own value.
 */
export function startFlags(v8: string): { readonly first: string; readonly later: string } | null {
  const [first, later] = [2_000_000, V8_11_DEFAULT].map((bytes) => interruptBudget(v8, bytes))
  return first !== null && later !== null ? { first, later } : null
}

/** `node --v8-options` of Node.js 20. */
const V8_11_DEFAULT = 66 * 1024

/** From then on a command is a long one. Milliseconds. */
const START_TIME = 3000
let end: NodeJS.Timeout | null = null

/** Sets the flags for the start, and V8's own values once that is over. */
export function beginStart(): void {
  const flags = startFlags(process.versions.v8)
  if (!flags) return
  setFlagsFromString(flags.first)
  end = setTimeout(() => setFlagsFromString(flags.later), START_TIME).unref()
}

/** The start is over: each processor gets a thread of ours. */
export function optimiseLate(): void {
  const flag = lateOptimisation(process.versions.v8)
  if (flag === null) return
  if (end) clearTimeout(end)
  setFlagsFromString(flag)
}

function interruptBudget(v8: string, bytes: number): string | null {
  return Number.parseInt(v8, 10) < 12 ? `--interrupt-budget=${bytes}` : null
}
