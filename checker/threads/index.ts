/** `forkcheck/threads`: more threads for one search, where there is Node.js to give them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Task, Workers } from '../search/parallel/workers.js'

export type { Workers } from '../search/parallel/workers.js'

/**
 * Threads that help with searches: `check(model, { workers: workerThreads(1) })`. They do not keep
 * the process alive. The same threads may serve one search after the other.
 * @param size number of threads, beside the one that searches; 0 or more.
 */
export function workerThreads(size: number): Workers & { close(): Promise<void> } {
  const file = helperFile()
  const start = () => {
    const worker = new Worker(file)
    worker.unref()
    return worker
  }
  // A thread ends with its task: only an ended thread keeps no memory of the search.
  const waiting = Array.from({ length: size }, start)
  const running = new Set<Worker>()
  return {
    size,
    send(task: Task): void {
      const worker = waiting.pop() ?? start()
      running.add(worker)
      worker.once('exit', () => running.delete(worker))
      worker.postMessage(task)
    },
    /** Ends the threads. */
    async close(): Promise<void> {
      await Promise.all([...waiting, ...running].map((worker) => worker.terminate()))
    },
  }
}

/** The built file: threads run JavaScript, also where this file is still TypeScript. */
function helperFile(): string {
  const beside = fileURLToPath(new URL('./helper.js', import.meta.url))
  if (existsSync(beside)) return beside
  return fileURLToPath(new URL('../../dist/checker/threads/helper.js', import.meta.url))
}
