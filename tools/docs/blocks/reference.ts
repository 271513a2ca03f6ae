/** The generated parts of the reference: scenarios, properties, mutants, commands, hooks. */
import { mutants, repairs, scenarios, soundSystems, systems } from '../../../model/index.js'
import { allProperties } from '../../../runs/fork-machine/names.js'
import { type Block, markdownTable } from '../block.js'
import { printed } from '../command.js'
import { readText, savedCorpus } from '../files.js'
import { places } from '../hook-table.js'

const suite: Block = {
  page: 'docs/reference/scenarios.md',
  name: 'suite',
  content: () => {
    const runs = JSON.parse(readText('test/model/pinned.json')) as Record<
      string,
      { readonly states: number }
    >
    const names = soundSystems.map(({ name }) => name)
    const cell = (scenario: string, system: string) =>
      runs[`${system} ${scenario}`].states.toLocaleString('en')
    return markdownTable(
      ['scenario', 'what happens', ...names.map((name) => `states in \`${name}\``)],
      scenarios.map(({ name, says }) => [
        `\`${name}\``,
        says,
        ...names.map((system) => cell(name, system)),
      ]),
    )
  },
}

const properties: Block = {
  page: 'docs/reference/properties.md',
  name: 'properties',
  content: () => {
    const caught = (name: string) =>
      [...mutants, ...repairs]
        .filter(({ breaks }) => breaks[0] === name)
        .map((mutant) => `\`${mutant.name}\``)
        .join(', ')
    return markdownTable(
      ['property', 'kind', 'meaning', 'flaws that it catches first'],
      allProperties().map(({ name, kind, says }) => [
        `\`${name}\``,
        kind,
        says,
        caught(name) || '-',
      ]),
    )
  },
}

const killMatrix: Block = {
  page: 'docs/reference/mutants.md',
  name: 'kill matrix',
  content: () => {
    const saved = savedCorpus().filter(({ file }) => file.mutant !== null)
    const names = [...new Set(saved.map(({ file }) => file.property))].sort()
    const used = systems.map(({ name }) => name)
    const cell = (property: string, system: string) =>
      saved
        .filter(({ file }) => file.system === system && file.property === property)
        .map(({ path, file }) => `[${file.mutant}](../../counterexamples/${path}) ${file.steps}`)
        .sort()
        .join(', ')
    return markdownTable(
      ['property', ...used.map((name) => `\`${name}\``)],
      names.map((property) => [
        `\`${property}\``,
        ...used.map((system) => cell(property, system) || '-'),
      ]),
    )
  },
}

const hooks: Block = {
  page: 'docs/design.md',
  name: 'hooks',
  content: () =>
    markdownTable(
      ['what changes', 'hooks', 'scenario', 'without them fails'],
      places.map(({ what, hooks, scenario, without, because }) => [
        what,
        hooks.map((hook) => `\`${hook}\``).join(', ') || 'none',
        `\`${scenario}\``,
        without ? `\`${without}\`` : `nothing: ${because}`,
      ]),
    ),
}

/** All commands with their options, as `--help` prints them. */
const commands: Block = {
  page: 'docs/reference/commands.md',
  name: 'commands',
  content: async () => {
    const { out } = await printed(['--help'])
    const list = out.slice(out.indexOf('\nCommands:'), out.indexOf('\nExamples:'))
    const names = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name)
    const parts = names
      .filter((name) => name !== 'help')
      .map(async (name) => {
        const help = await printed([name, '--help'])
        // The page has one table of exit codes for all.
        const text = help.out.slice(0, help.out.indexOf('\nExit codes:')).trimEnd()
        return `## forkcheck ${name}\n\n\`\`\`text\n${text}\n\`\`\``
      })
    return (await Promise.all(parts)).join('\n\n')
  },
}

export const referenceBlocks: readonly Block[] = [suite, properties, killMatrix, hooks, commands]
