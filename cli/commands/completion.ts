/** `forkcheck completion bash`: what a shell needs to complete commands, options and names. */
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import type { Io } from '../io.js'

/** A name, and what it is. */
interface Offered {
  readonly name: string
  readonly says: string
}

const { systems, scenarios, mutants, properties } = forkMachine
const situations = properties.filter(({ kind }) => kind === 'sometimes')

/** Values of options, by the option. */
const OF_OPTIONS: Readonly<Record<string, readonly Offered[]>> = {
  system: systems,
  mutant: mutants,
  property: properties,
  witness: situations,
}

/** Values of arguments, by the argument's name. */
const OF_ARGUMENTS: Readonly<Record<string, readonly Offered[]>> = {
  scenario: scenarios,
  mutant: mutants,
  system: systems,
}

/**
 * Adds the command, and a hidden one that the shell asks. All other commands must be there.
 * @param exit is not used: a command that is done ends with 0.
 */
export function addCompletion(program: Command, _io: Io, _exit: (code: number) => void): void {
  const shell = tab(program, { completionCommandName: 'completion' })
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print what a shell needs to complete commands: zsh, bash, fish, powershell')
  for (const [name, command] of shell.commands) {
    for (const [option, offered] of Object.entries(OF_OPTIONS)) {
      const found = command.options.get(option)
      if (found) found.handler = (complete) => offer(complete, offered)
    }
    for (const [argument, found] of command.arguments) {
      const offered = name === 'scenario' ? scenarios : OF_ARGUMENTS[argument]
      if (offered) found.handler = (complete) => offer(complete, offered)
    }
  }
}

function offer(complete: (value: string, says: string) => void, all: readonly Offered[]): void {
  for (const { name, says } of all) complete(name, says)
}
