/** What `--help` says below the options: examples to copy, and the exit codes of the command. */
import type { Command } from 'commander'

/** A command line, and what it does. */
type Example = readonly [command: string, does: string]

/** By the name of the command; of a part of one, both names. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  '': [
    ['start', 'the first minute'],
    ['check bgsave --system async-fork', 'one scenario in every interleaving'],
    ['check two-writers --mutant linux-no-flush', 'something done wrong, and its story'],
    ['init my-model', 'a model of your own to start from'],
  ],
  start: [['start', 'check some scenarios, and see one flaw']],
  check: [
    ['check', 'the standard suite on the systems that should hold'],
    ['check bgsave --system async-fork', 'one scenario, one system'],
    ['check two-writers --mutant linux-no-flush', 'a registered mutant'],
    ['check --mutant ./mine.mjs', 'a mutant of your own, in the scenario that it names'],
    ['check --mutant ./mine.mjs --watch', 'again after every change'],
    ['check --scenario ./mine.json --time 60s --out found', 'a scenario of your own'],
    ['check two-writers --property ./mine.mjs', 'properties of your own beside the others'],
    [
      'check two-writers --mutant linux-no-flush --property childSeesForkTimeMemory',
      'one property',
    ],
  ],
  sweep: [
    ['sweep --system linux --few --sample 20', 'some of the scenarios, quickly'],
    ['sweep --system async-fork --shard 1/4 --json', 'a quarter of the work'],
  ],
  simulate: [
    ['simulate two-copiers --seed 7 --runs 1000', 'random walks that can be repeated'],
    ['simulate two-writers --mutant linux-no-flush --strategy pct --depth 3', 'random priorities'],
    ['simulate two-writers --mutant linux-no-flush --strategy fewest-preemptions', 'in that order'],
  ],
  mutants: [
    ['mutants linux-no-flush', 'one mutant, with its story'],
    ['mutants --workers 2 --html mutants.html', 'the kill matrix, also as a page'],
    ['mutants --shard 1/4 --json', 'a quarter of the work'],
  ],
  'single-changes': [
    ['single-changes --system async-fork --every 50', 'some of the changes, in a minute or two'],
    ['single-changes --of kernel --redis redis://localhost:6379 --parts 200', 'all, by workers'],
  ],
  work: [['work --redis redis://localhost:6379', 'do parts of what others share, until stopped']],
  merge: [['merge 1.json 2.json 3.json 4.json', 'the document that one process prints']],
  reality: [['reality conform --help', 'what a part does']],
  prove: [
    ['prove async-fork', 'for any number of page tables'],
    ['prove async-fork --mutant no-copy-lock', 'a mutant cannot be proved'],
  ],
  compare: [
    ['compare --operation fork', 'what fork can cost at worst'],
    ['compare --html compare.html', 'all, also as a page'],
  ],
  verify: [
    ['check two-writers --system linux --certificate c.json', 'writes a certificate'],
    ['verify c.json', 'looks at it independently'],
  ],
  replay: [['replay counterexamples/linux/NAME.cex.json', 'strictly, step by step']],
  shrink: [['shrink counterexamples/linux/NAME.cex.json --out found', 'saves the smaller one']],
  explain: [
    ['explain counterexamples/linux/NAME.cex.json', 'its story'],
    ['explain counterexamples/linux/NAME.cex.json --full', 'every step'],
    ['explain counterexamples/linux/NAME.cex.json --format html --out story.html', 'as a page'],
    [
      'explain counterexamples/linux/NAME.cex.json --format picture --step 12 --out machine.png',
      'the machine after step 12, as PNG or SVG',
    ],
  ],
  explore: [
    ['explore two-writers --system linux', 'take every step yourself, in a browser'],
    ['explore two-writers --mutant linux-no-flush', 'with something done wrong'],
  ],
  corpus: [
    ['corpus check', 'replay all saved counterexamples'],
    ['corpus review --since main --format markdown --out review.md', 'for a pull request'],
  ],
  'corpus check': [['corpus check', 'replay all saved counterexamples']],
  'corpus list': [['corpus list --json', 'what is saved, as data']],
  'corpus add': [['corpus add found/linux/NAME.cex.json', 'save a counterexample for ever']],
  'corpus update': [['corpus update', 'what would change after a change of the model']],
  'corpus review': [
    ['corpus review', 'what has changed since the last commit'],
    ['corpus review --since main --format markdown --out review.md', 'for a pull request'],
  ],
  'reality conform': [['reality conform --help', 'what it needs: a virtual machine']],
  'reality trace': [['reality trace --help', 'what it needs: a virtual machine']],
  'reality replay': [['reality replay counterexamples/linux/NAME.cex.json', 'drive one for real']],
  'reality confirm': [['reality confirm linux-no-flush', 'drive the stories of a mutant']],
  'reality drive': [['reality drive two-writers', 'races of one scenario, on a kernel']],
  'reality race': [['reality race --rounds 300', 'a store against six calls']],
  'reality kernel': [
    ['reality kernel', 'the stock kernel, which must be sound'],
    ['reality kernel --image bzImage --way odf', 'On-demand-fork in a kernel of your own'],
  ],
  'reality redis': [
    ['reality redis --rounds 3', 'one BGSAVE, one BGREWRITEAOF, one replica'],
    ['reality redis --without-fork', 'no snapshot: it must be noticed'],
    ['reality redis --cost 64 256', 'what BGSAVE costs beside the model'],
  ],
  export: [
    ['export two-writers --system linux --to promela', 'for SPIN'],
    ['export two-writers --system linux --to tla', 'for TLC'],
  ],
  init: [['init my-model', 'a folder with a model, its tests and a README']],
  bench: [['bench', 'time and memory of the toy protocol and of Async-fork']],
  scenario: [
    ['scenario two-writers > mine.json', 'a scenario of your own, made from a standard one'],
    ['check --scenario mine.json', 'checks it'],
  ],
  list: [
    ['list scenarios', 'all standard scenarios'],
    ['list mutants --system linux --json', 'as data'],
  ],
  completion: [
    ['completion bash >> ~/.bashrc', 'for bash'],
    ['completion zsh >> ~/.zshrc', 'for zsh'],
    ['completion fish > ~/.config/fish/completions/forkcheck.fish', 'for fish'],
  ],
}

/** The exit codes that commands share. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'checked, and nothing is violated within the stated bounds',
  1: 'a violation, or a saved counterexample that does not end as expected',
  2: 'wrong usage or bad input',
  3: 'incomplete: a limit came first',
  4: 'internal error, or nondeterminism detected',
  130: 'interrupted, after what was found has been written',
}

/** Commands that check nothing: they do what they are asked, or say why not. */
const PLAIN = ['export', 'init', 'list', 'scenario', 'completion', 'explore', 'bench']

/** Adds examples and exit codes to the help of a program and its commands. */
export function addHelp(program: Command, path: readonly string[] = []): void {
  program.addHelpText('after', () => helpText(path.join(' ')))
  for (const command of program.commands) addHelp(command, [...path, command.name()])
}

function helpText(name: string): string {
  const examples = (EXAMPLES[name] ?? []).map(([command, does]) => [`forkcheck ${command}`, does])
  const codes = PLAIN.includes(name) ? [0, 2, 4, 130] : Object.keys(EXIT_CODES).map(Number)
  const says = (code: number) => (PLAIN.includes(name) && code === 0 ? 'done' : EXIT_CODES[code])
  return [
    '',
    ...(examples.length > 0 ? ['Examples:', ...examples.flatMap(exampleLines), ''] : []),
    'Exit codes:',
    ...codes.map((code) => `  ${String(code).padEnd(5)}${says(code)}`),
  ].join('\n')
}

/** A command is not broken, so that it can be copied; what it does stands above it. */
function exampleLines([command, does]: readonly string[]): string[] {
  return [`  # ${does}`, `  ${command}`]
}
