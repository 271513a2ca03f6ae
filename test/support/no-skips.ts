import type { Reporter, TestModule } from 'vitest/node'

/** True when the CI variable is set to anything but an empty or negative value. */
export function inCI(env: NodeJS.ProcessEnv = process.env): boolean {
  const value = (env.CI ?? '').toLowerCase()
  return value !== '' && value !== 'false' && value !== '0'
}

/** Makes a CI run fail when a test or a suite was skipped or left as todo. */
export class NoSkips implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    if (!inCI()) return
    const found: string[] = []
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.result().state === 'skipped') {
          const kind = test.options.mode === 'todo' ? 'todo' : 'skipped'
          found.push(`${kind}: ${module.relativeModuleId} > ${test.fullName}`)
        }
      }
      for (const suite of module.children.allSuites()) {
        // A suite with tests is covered by the loop above; this is for an empty one.
        if (suite.children.size === 0 && suite.state() === 'skipped') {
          found.push(`empty suite: ${module.relativeModuleId} > ${suite.fullName}`)
        }
      }
    }
    if (found.length === 0) return
    process.exitCode = 1
    console.error(`\nFAIL: ${found.length} test(s) skipped or todo, which CI does not allow:`)
    for (const line of found) console.error(`  ${line}`)
  }
}
