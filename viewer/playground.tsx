/** The first page of a playground: everything that can be explored, and a field to find it. */
import { useState } from 'preact/hooks'
import type { Playground, PlaygroundEntry, PlaygroundPart } from '../story/playground.js'
import { show } from './page.js'
import { ThemeControl } from './theme.js'

function PlaygroundPage({ playground: { parts, version } }: { playground: Playground }) {
  const [wanted, setWanted] = useState('')
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  const found = parts
    .map((part) => ({ ...part, entries: part.entries.filter((entry) => fits(entry, words)) }))
    .filter(({ entries }) => entries.length > 0)
  const count = found.reduce((sum, { entries }) => sum + entries.length, 0)
  return (
    <>
      <header>
        <h1>forkcheck playground</h1>
        <p class="says">
          Each link opens a run of the model in this browser: go through it step by step, see the
          machine in every state, and choose other steps.
        </p>
      </header>
      <main>
        <div class="controls">
          <label class="group">
            find{' '}
            <input
              type="search"
              value={wanted}
              placeholder="CVE, mremap, swap ..."
              onInput={({ currentTarget }) => setWanted(currentTarget.value)}
            />
          </label>
          <span class="says" role="status">
            {count} of {parts.reduce((sum, { entries }) => sum + entries.length, 0)}
          </span>
          <ThemeControl />
        </div>
        {found.map((part) => (
          <Part key={part.title} part={part} isOpen={words.length > 0 || part === found[0]} />
        ))}
      </main>
      <footer>forkcheck {version}</footer>
    </>
  )
}

/** Does an entry have all words that are looked for? */
function fits({ name, says, facts }: PlaygroundEntry, words: readonly string[]): boolean {
  const text = [name, says, ...facts].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

function Part({ part: { title, entries }, isOpen }: { part: PlaygroundPart; isOpen: boolean }) {
  return (
    <details class="part" open={isOpen}>
      <summary>
        <b>{title}</b> <span class="says">({entries.length})</span>
      </summary>
      <ul class="entries">
        {entries.map(({ name, says, link, facts }) => (
          <li key={name}>
            <a href={`explore.html#${link}`}>{name}</a>: {says}
            {facts.length > 0 && <span class="source"> {facts.join(' · ')}</span>}
          </li>
        ))}
      </ul>
    </details>
  )
}

show<Playground>('explore --out FOLDER', (playground) => <PlaygroundPage playground={playground} />)
