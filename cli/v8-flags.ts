/** Flags of the JavaScript engine that depend on its version. An engine refuses flags it lacks. */

/**
 * The flag that makes V8 run a function six times as long before it optimises it.
 *
 * Most models here are small and soon searched. Where each processor already has a thread of ours,
 * V8's optimising threads compete with them and take as much time as the search itself.
 * @param v8 the engine's version, as in `process.versions.v8`.
 * @returns the flag; null where the engine has none: V8 12, in Node.js 22, took it away.
 */
export function lateOptimisation(v8: string): string | null {
  return Number.parseInt(v8, 10) < 12 ? '--interrupt-budget=400000' : null
}
