/** `forkcheck merge`: the documents of shards, made one. */
import type { Command } from 'commander'
import { readJson } from '../files.js'
import { type Io, printJson } from '../io.js'
import { merge } from '../shards/merge.js'

/** Adds the command. `exit` is called with the exit code. */
export function addMerge(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('merge')
    .description('one JSON document from those of all shards (--shard) of a command')
    .argument('<file...>', 'the --json documents of shards 1/N to N/N, in any order')
    .action((files: string[]) => {
      const { document, code } = merge(files.map((file) => ({ file, json: readJson(io, file) })))
      printJson(io, document)
      exit(code)
    })
}
