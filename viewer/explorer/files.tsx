/** Loading counterexamples, saving what was found, and sharing it. */
import { useState } from 'preact/hooks'
import { parseCounterexample } from '../../runs/counterexample.js'
import type { Linked } from '../../runs/link.js'
import { setupOf } from '../../runs/setup.js'
import type { Subject } from '../../runs/subject.js'
import { save } from '../image.js'
import { corpusFile, corpusFiles, saveToCorpus } from './corpus.js'
import type { Outside } from './start.js'

interface FilesProps {
  /** The link to what is shown. */
  readonly link: string
  /** The counterexample that is shown, if it is one. */
  readonly found: string | null
  readonly load: (linked: Linked) => void
  readonly outside: Outside | null
  /** The family that is explored. */
  readonly subject: Subject
  /** Is there a server with a corpus behind this page? */
  readonly isServed: boolean
}

export function Files({ link, found, load, outside, subject, isServed }: FilesProps) {
  const [names, setNames] = useState<readonly string[]>([])
  const [said, setSaid] = useState('')
  /** Does something, and says how that ended. */
  const say = async (work: () => Promise<string>) => {
    try {
      setSaid(await work())
    } catch (error) {
      setSaid((error as Error).message)
    }
  }
  const open = (text: string, name: string) => {
    const file = parseCounterexample(text, name)
    const isOutside = file.provenance?.mutantFile !== undefined && outside !== null
    const setup = setupOf(file, name, isOutside ? [outside.mutant] : [], subject)
    load({ setup, schedule: file.schedule, position: file.schedule.length })
    return `${name}: ${file.explanation}`
  }
  return (
    <div class="files">
      <p>
        <button
          type="button"
          onClick={() =>
            say(async () => {
              await navigator.clipboard.writeText(link)
              return 'the link is copied: it carries scenario and schedule'
            })
          }
        >
          copy the link
        </button>{' '}
        <a href={link}>link to this run</a>
      </p>
      <p>
        {isServed && (
          <button
            type="button"
            disabled={found === null}
            onClick={() => say(async () => `saved as ${await saveToCorpus(found ?? '')}`)}
          >
            save to the corpus
          </button>
        )}{' '}
        <button
          type="button"
          disabled={found === null}
          onClick={() => save(new Blob([found ?? '']), 'found.cex.json')}
        >
          download
        </button>
        {found === null && <span class="nothing"> what ends in a violation can be saved</span>}
      </p>
      {isServed && (
        <p>
          <button
            type="button"
            onClick={() =>
              say(async () => {
                const files = await corpusFiles()
                setNames(files)
                return `${files.length} files`
              })
            }
          >
            list the corpus
          </button>{' '}
          <label>
            open{' '}
            <select
              value=""
              disabled={names.length === 0}
              onChange={({ currentTarget: { value } }) =>
                say(async () => open(await corpusFile(value), value))
              }
            >
              <option value="">a file of the corpus</option>
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </p>
      )}
      <p>
        <label>
          open a file{' '}
          <input
            type="file"
            accept=".json"
            onChange={({ currentTarget: { files } }) => {
              const [file] = files ?? []
              if (file) say(async () => open(await file.text(), file.name))
            }}
          />
        </label>
      </p>
      <p class="said" role="status">
        {said}
      </p>
    </div>
  )
}
