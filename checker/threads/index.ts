/** `forkcheck/threads`: more threads for one search, where there is Node.js to give them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Errand, Team } from '../search/parallel/workers.js'

export type { Team } from '../search/parallel/workers.js'

/**
 * Threads that help with searches: `check(model, { team: threadTeam(1) })`. They do not keep the
 * process alive. One team may serve one search after the other.
 * @param size how many, beside the thread that searches; 0 or more.
 */
export function threadTeam(size: number): Team & { close(): Promise<void> } {
  const file = helperFile()
  const workers = Array.from({ length: size }, () => new Worker(file))
  for (const worker of workers) worker.unref()
  return {
    size,
    send(errand: Errand): void {
      workers[errand.thread - 1].postMessage(errand)
    },
    /** Ends the threads. */
    async close(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** The built file: threads run JavaScript, also where this file is still TypeScript. */
function helperFile(): string {
  const beside = fileURLToPath(new URL('./helper.js', import.meta.url))
  if (existsSync(beside)) return beside
  return fileURLToPath(new URL('../../dist/checker/threads/helper.js', import.meta.url))
}
