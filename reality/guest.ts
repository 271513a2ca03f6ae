/** The parts of a guest: the helper built by gcc, a kernel image, an initramfs with both. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArchivedFile, archive } from './archive.js'
import { cacheFolder } from './cache-folder.js'

/** Raised when a part is missing; one line that says what to install or name. */
export class MissingPartError extends Error {
  override readonly name = 'MissingPartError'
}

const SOURCES = fileURLToPath(new URL('./guest/', import.meta.url))

/** The folder for what is built and fetched. */
export function guestFolder(): string {
  const folder = cacheFolder(process.env)
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * The helper as a static program. It is built again when its source has changed.
 * @returns the path of the executable.
 * @throws MissingPartError without a C compiler.
 */
export function buildHelper(): string {
  const files = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name))
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(SOURCES, file)))
  const program = join(guestFolder(), `helper-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(program)) return program
  const temporary = `${program}.${process.pid}.tmp`
  const flags = ['-O1', '-static', '-pthread', '-fno-omit-frame-pointer', '-o', temporary]
  try {
    execFileSync('gcc', [...flags, join(SOURCES, 'helper.c')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    rmSync(temporary, { force: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new MissingPartError('gcc is not installed: apt-get install gcc libc6-dev')
    const said = String((error as { stderr?: Buffer }).stderr ?? error)
    const [line] = said.split('\n').filter((text) => /error/.test(text))
    throw new MissingPartError(`gcc cannot build the helper: ${line ?? said.trim()}`)
  }
  renameSync(temporary, program)
  return program
}

/** A kernel to boot. */
export interface KernelImage {
  /** The bzImage. */
  readonly path: string
  /** `6.1.0-57-amd64`, or the file's name. */
  readonly version: string
  /** Its module for RAM disks, for swap space; null when it is built in or missing. */
  readonly ramDisk: string | null
}

/**
 * The image the user names, or Debian's from the cache.
 * @throws MissingPartError when there is none.
 */
export function kernelImage(named?: string): KernelImage {
  if (named !== undefined) {
    if (!existsSync(named)) throw new MissingPartError(`--image ${named}: no such file`)
    return { path: named, version: basename(named), ramDisk: null }
  }
  const folder = join(guestFolder(), 'kernel')
  const boot = join(folder, 'boot')
  const images = existsSync(boot) ? readdirSync(boot).filter((f) => f.startsWith('vmlinuz-')) : []
  const image = images.sort().at(-1)
  if (!image)
    throw new MissingPartError(
      `no kernel image in ${boot}: run ${join(SOURCES, 'get-kernel.sh')}, or name one by --image`,
    )
  const version = image.slice('vmlinuz-'.length)
  const module = join(folder, 'lib/modules', version, 'kernel/drivers/block/brd.ko')
  return { path: join(boot, image), version, ramDisk: existsSync(module) ? module : null }
}

/**
 * An initramfs in which the helper is the first program.
 * @param program another one that it has, by its path, with the libraries it is linked to.
 * @returns the file's path.
 */
export function initramfs(
  helper: string,
  { ramDisk, version }: KernelImage,
  program?: string,
): string {
  const end = program === undefined ? '' : `-with-${basename(program)}`
  const file = `${helper}-${version.replace(/[^\w.-]/g, '_')}${end}.cpio`
  // A package may be brought up to date: what is not ours is packed anew each time.
  if (program === undefined && existsSync(file)) return file
  const files = [
    { name: 'init', mode: 0o100755, content: readFileSync(helper) },
    ...(ramDisk ? [{ name: 'brd.ko', mode: 0o100644, content: readFileSync(ramDisk) }] : []),
    ...(program === undefined ? [] : withLibraries(program)),
  ]
  const temporary = `${file}.${process.pid}.tmp`
  writeFileSync(temporary, archive(files))
  renameSync(temporary, file)
  return file
}

/** A program of this machine, its loader and its libraries, under their own paths. */
function withLibraries(program: string): ArchivedFile[] {
  let linked = ''
  try {
    linked = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch {
    throw new MissingPartError(`${program} is not installed, or not a program with libraries`)
  }
  const paths = [program, ...[...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path)]
  const folders = new Set(paths.flatMap(foldersOf))
  return [
    ...[...folders].map((name) => ({ name, mode: 0o040755, content: Buffer.alloc(0) })),
    ...paths.map((path) => ({
      name: path.slice(1),
      mode: 0o100755,
      content: readFileSync(path),
    })),
  ]
}

/** `/usr/bin/x` is in `usr` and in `usr/bin`. */
const foldersOf = (path: string): string[] => {
  const names = path.split('/').slice(1, -1)
  return names.map((_, i) => names.slice(0, i + 1).join('/'))
}
