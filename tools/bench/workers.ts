/**
 * `node dist/tools/bench/workers.js [WORKERS] [COMMAND...]`: one question asked of 1 to WORKERS
 * workers (default: 4) on this machine, by a Redis of its own. Prints how long each took and how
 * much processor time, and whether the documents are equal. The default question judges single
 * changes of async-fork.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const [given, ...words] = process.argv.slice(2)
const most = Number(given ?? 4)
const question =
  words.length > 0 ? words : ['single-changes', 'copier-fails', 'bgsave-log-line', '--every=16']
const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const PORT = 12_000 + (process.pid % 20_000)
const url = `redis://127.0.0.1:${PORT}`

/** A Redis that keeps nothing. */
async function startRedis(folder: string) {
  const options = { port: PORT, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: server.stdout }))
    if (line.includes('Ready to accept connections')) break
  server.stdout.resume()
  return server
}

/** Starts a worker and waits until it waits. */
async function startWorker() {
  const worker = spawn(process.execPath, [main, 'work', '--redis', url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  for await (const line of createInterface({ input: worker.stderr }))
    if (line.includes('waiting for work')) break
  worker.stderr.resume()
  return worker
}

/** The processor time of children that have ended, in seconds. */
const childSeconds = () => {
  const text = spawnSync('cat', [`/proc/${process.pid}/stat`], { encoding: 'utf8' }).stdout
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // cutime and cstime of proc(5), in ticks of 1/100 s.
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** A document without what depends on the clock. */
const timeless = (text: string) =>
  JSON.stringify(JSON.parse(text), (key, value) => (/^seconds$|PerSecond$/.test(key) ? 0 : value))

async function measure(number: number) {
  const workers = await Promise.all(Array.from({ length: number }, startWorker))
  const before = childSeconds()
  const start = performance.now()
  const asker = spawn(process.execPath, [main, ...question, '--json', '--redis', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  asker.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  await once(asker, 'close')
  const seconds = (performance.now() - start) / 1000
  for (const worker of workers) {
    worker.kill('SIGTERM')
    if (worker.exitCode === null) await once(worker, 'exit')
  }
  const digest = createHash('sha256').update(timeless(out)).digest('hex').slice(0, 8)
  return { number, seconds, processor: childSeconds() - before, digest }
}

const folder = mkdtempSync(join(tmpdir(), 'forkcheck-redis-'))
const redis = await startRedis(folder)
try {
  const load = loadavg()[0].toFixed(1)
  console.log(`${question.join(' ')}; ${cpus().length} processors, load ${load} before\n`)
  console.log('| workers | seconds | faster | processor seconds | document |')
  console.log('|---:|---:|---:|---:|---|')
  let first: number | null = null
  for (let number = 1; number <= most; number++) {
    const { seconds, processor, digest } = await measure(number)
    first ??= seconds
    const faster = (first / seconds).toFixed(2)
    const figures = [number, seconds.toFixed(1), `${faster}x`, processor.toFixed(1), digest]
    console.log(`| ${figures.join(' | ')} |`)
  }
} finally {
  redis.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
