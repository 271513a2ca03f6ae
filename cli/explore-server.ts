/**
 * Serves the explorer's page on this machine's loopback, and the corpus folder to it. Requests from
 * another machine, by another host name, or from a page of another origin are refused.
 */
import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, relative, resolve, sep } from 'node:path'
import {
  type CounterexampleFile,
  counterexamplePath,
  parseCounterexample,
} from '../runs/counterexample.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { MODEL_PATH, MUTANT_PATH, PROPERTY_PATH } from '../runs/page-files.js'
import type { Subject } from '../runs/subject.js'
import { corpusIn } from './corpus-files.js'
import { replayCounterexample } from './counterexample-file.js'
import { isUsage, oneLine } from './errors.js'
import { namedIn, writeCounterexample } from './files.js'
import { withLock } from './folder-lock.js'
import type { Io } from './io.js'
import type { PageModel } from './page-model.js'
import type { PageMutant } from './page-mutant.js'
import { explorerPage } from './report-page.js'

const LOOPBACK = '127.0.0.1'
/** Bytes a counterexample that is saved may have. */
const LARGEST = 1_000_000

/** Permissions of a served page: run its own code, compile the model, and call this server. */
const policy = (loads: boolean) =>
  [
    "default-src 'none'",
    `script-src 'unsafe-inline' 'unsafe-eval'${loads ? " 'self'" : ''}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** A request that is refused. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export interface Served {
  readonly url: string
  readonly close: () => Promise<void>
}

/** The content that is served. */
export interface Offer {
  /** The folder that is read and written; the only one. */
  readonly corpus: string
  /** The first view of the page: the part of a link behind its `#`. */
  readonly link: string
  /** A mutant that the page is to load, as it was when this began. */
  readonly mutant?: PageMutant
  /** A model file for the page, and its subject in this process. Default: the fork machine. */
  readonly model?: PageModel
  /** A file with properties of the user's own, for the page. */
  readonly properties?: PageModel
  readonly subject?: Subject
}

/**
 * @param port 0: any that is free.
 * @throws Error when the port is taken.
 */
export async function serveExplorer(io: Io, offer: Offer, port: number): Promise<Served> {
  const { link, mutant, model, properties } = offer
  const page = explorerPage({
    link,
    mutantFile: mutant?.name ?? null,
    model: model ? { file: model.file, digest: model.digest } : null,
    propertyFile: properties?.file ?? null,
  })
  const server = createServer((request, response) => {
    answer(io, offer, page, request)
      .catch((error: unknown) => {
        const known = error instanceof Refusal || isUsage(error)
        if (!known) io.stderr.write(`forkcheck: internal error: ${oneLine(error)}\n`)
        const status = error instanceof Refusal ? error.status : known ? 400 : 500
        return { status, type: 'text/plain; charset=utf-8', body: oneLine(error) }
      })
      .then((reply) => send(response, reply, (mutant ?? model ?? properties) !== undefined))
  })
  await listen(server, port)
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${LOOPBACK}:${taken}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen({ host: LOOPBACK, port }, () => done())
  })
}

interface Reply {
  readonly status?: number
  readonly type: string
  readonly body: string
}

async function answer(
  io: Io,
  offer: Offer,
  page: string,
  request: IncomingMessage,
): Promise<Reply> {
  checkOrigin(request)
  const { corpus, mutant, model, properties } = offer
  const { method = 'GET', url = '/' } = request
  // Refuse absolute addresses: they are meant for a proxy.
  if (!url.startsWith('/')) throw new Refusal(400, 'no proxy is here')
  const { pathname } = new URL(`http://localhost${url}`)
  checkSite(request, pathname)
  const json = 'application/json; charset=utf-8'
  if (method === 'GET' && pathname === '/') return { type: 'text/html; charset=utf-8', body: page }
  if (method === 'GET' && pathname === '/corpus')
    return { type: json, body: JSON.stringify(filesOf(io, corpus)) }
  if (method === 'GET' && pathname.startsWith('/corpus/'))
    return { type: json, body: fileOf(io, corpus, pathname.slice('/corpus/'.length)) }
  if (method === 'POST' && pathname === '/corpus')
    return { type: json, body: JSON.stringify({ file: await saved(io, offer, request) }) }
  if (method === 'GET' && pathname === MUTANT_PATH && mutant)
    return { type: 'text/javascript; charset=utf-8', body: mutant.text }
  if (method === 'GET' && pathname === MODEL_PATH && model)
    return { type: 'text/javascript; charset=utf-8', body: model.text }
  if (method === 'GET' && pathname === PROPERTY_PATH && properties)
    return { type: 'text/javascript; charset=utf-8', body: properties.text }
  throw new Refusal(404, 'there is nothing here')
}

/** A request must use this server's address, and come from its own page or from no page. */
function checkOrigin({ headers, rawHeaders, socket, method }: IncomingMessage): void {
  const names = [LOOPBACK, 'localhost'].map((name) => `${name}:${socket.localPort}`)
  const { host = '', origin } = headers
  // Of several only the first one would be looked at.
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
  if (hosts.length !== 1 || !names.includes(host))
    throw new Refusal(403, 'another host is asked for')
  if (origin !== undefined && origin !== `http://${host}`)
    throw new Refusal(403, 'a page from elsewhere asks')
  if (method === 'POST' && origin === undefined)
    throw new Refusal(403, 'who saves must say where it comes from')
}

/** A page from elsewhere may lead to ours, and have nothing else of it. */
function checkSite({ headers }: IncomingMessage, pathname: string): void {
  const site = headers['sec-fetch-site'] ?? 'same-origin'
  if (pathname !== '/' && site !== 'same-origin' && site !== 'none')
    throw new Refusal(403, 'a page from elsewhere asks')
}

/** The names of the corpus's files, below its folder. */
function filesOf(io: Io, corpus: string): string[] {
  const { directory, files } = corpusIn(io, corpus, { mayBeNew: true })
  return files.map((file) => relative(directory, file).replaceAll('\\', '/'))
}

/** The text of a listed file whose real path is inside the corpus. */
function fileOf(io: Io, corpus: string, encoded: string): string {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    throw new Refusal(400, 'the name of the file is damaged')
  }
  if (!filesOf(io, corpus).includes(name))
    throw new Refusal(404, `${name}: no such file in the corpus`)
  const root = realpathSync(resolve(io.cwd, corpus))
  const path = realpathSync(join(root, name))
  if (!path.startsWith(root + sep)) throw new Refusal(403, `${name} lies outside the corpus`)
  return readFileSync(path, 'utf8')
}

/** Writes a counterexample that reproduces, under the name it gives itself. */
async function saved(
  io: Io,
  { corpus, mutant, subject = forkMachine }: Offer,
  request: IncomingMessage,
): Promise<string> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'a counterexample is JSON')
  const file = parseCounterexample(await bodyOf(request), 'what was sent')
  const { replay } = replayCounterexample(file, 'what was sent', {
    subjectOf: () => subject,
    mutants: file.provenance?.mutantFile !== undefined && mutant ? [mutant.mutant] : [],
  })
  if (replay.status !== 'reproduces') throw new Refusal(400, `${replay.status}: ${replay.message}`)
  checkPlace(io, corpus, file)
  await withLock(io, corpus, async () => writeCounterexample(io, namedIn(corpus, file)))
  return counterexamplePath(file)
}

/** No link in the corpus may lead what is written out of it. */
function checkPlace(io: Io, corpus: string, file: CounterexampleFile): void {
  const root = resolve(io.cwd, corpus)
  const folder = dirname(join(root, counterexamplePath(file)))
  mkdirSync(folder, { recursive: true })
  if (realpathSync(folder).startsWith(realpathSync(root) + sep)) return
  throw new Refusal(403, `${file.system} lies outside the corpus`)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LARGEST) throw new Refusal(413, `more than ${LARGEST} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function send(response: ServerResponse, { status = 200, type, body }: Reply, loads: boolean): void {
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': policy(loads),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
