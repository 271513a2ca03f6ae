/** The workflow in the documents: it is YAML, and calls forkcheck with options that there are. */
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { programFor } from '../../cli/program.js'
import { readText } from '../../tools/docs/files.js'

interface Step {
  readonly uses?: string
  readonly run?: string
}

test('the workflow that comments a review', async () => {
  const document = parseDocument(readText('docs/examples/forkcheck-review.yml'))
  expect([...document.errors, ...document.warnings]).toEqual([])
  const { jobs, permissions } = document.toJS()
  expect(permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
  const steps: Step[] = jobs.review.steps
  for (const { uses, run } of steps) expect(uses ?? run).toBeTypeOf('string')
  const commands = steps.flatMap(({ run = '' }) => run.match(/(?<=npx forkcheck ).*/g) ?? [])
  expect(commands).toHaveLength(2)
  for (const command of commands) {
    const [name, part, ...words] = command.replaceAll('"', '').split(' ')
    const io = { stdout: { write() {} }, stderr: { write() {} }, env: {}, cwd: '.' }
    const program = await programFor([name], { ...io, signal: AbortSignal.abort() }, () => {})
    const found = program.commands[0].commands.find((one) => one.name() === part)
    expect(found?.parseOptions(words).unknown, command).toEqual([])
  }
})
