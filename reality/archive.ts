/** An initramfs as the kernel unpacks it: cpio, format `newc` (buffer-format.rst of the kernel). */

export interface ArchivedFile {
  readonly name: string
  /** File type and permissions, as in `stat`. */
  readonly mode: number
  readonly content: Buffer
}

/** The archive of some files, `/dev` and `/dev/console`. */
export function archive(files: readonly ArchivedFile[]): Buffer {
  const none = Buffer.alloc(0)
  const entries = [
    entry({ name: 'dev', mode: 0o040755, content: none }, 1),
    entry({ name: 'dev/console', mode: 0o020600, content: none }, 2, [5, 1]),
    ...files.map((file, i) => entry(file, 3 + i)),
    entry({ name: 'TRAILER!!!', mode: 0, content: none }, 0),
  ]
  return Buffer.concat(entries)
}

function entry({ name, mode, content }: ArchivedFile, inode: number, device = [0, 0]): Buffer {
  const hex = (value: number) => value.toString(16).padStart(8, '0')
  // inode, mode, owner, group, links, time, size, device of the file system (2), of the file (2),
  // length of the name, checksum.
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, ...device, name.length + 1, 0]
  const head = Buffer.from(`070701${fields.map(hex).join('')}${name}\0`, 'latin1')
  return Buffer.concat([padded(head), padded(content)])
}

function padded(part: Buffer): Buffer {
  return Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)])
}
