/** Changes of variables as sentences: `parent2's CPU caches page 0 as frame 0, writable`. */
import type { Changed } from '../subject.js'

/** A kind of variable, by its key, and the sentence for a change of one. */
interface Form {
  readonly key: RegExp
  readonly says: (change: Changed, owner: string, number: string) => string
}

/** An entry of a page table or TLB in full words. */
function entry(value: string): string {
  return value
    .replace(/\brw\b/, 'writable')
    .replace(/\bro\b/, 'read-only')
    .replace(/^(.+?) (?=writable|read-only)/, '$1, ')
}

const isNothing = (value: string) => value === '' || value.startsWith('-')

/** In front of the name of a thread or an address space. */
const whose = (owner: string) => `${owner}'s`

const FORMS: readonly Form[] = [
  {
    key: /^cpu\[\d+\]\.tlb\[/,
    says: ({ to }, owner, page) =>
      isNothing(to)
        ? `${whose(owner)} CPU drops its cached entry of page ${page}`
        : `${whose(owner)} CPU caches page ${page} as ${entry(to)}`,
  },
  {
    key: /^table\[\d+\]\.pte\[/,
    says: ({ to }, owner, page) =>
      isNothing(to)
        ? `${whose(owner)} entry of page ${page} is cleared`
        : `${whose(owner)} entry of page ${page} becomes ${entry(to)}`,
  },
  {
    key: /^frame\[\d+\]\.value/,
    says: ({ name, to }) => (isNothing(to) ? `${name} is empty` : `${name} now holds ${to}`),
  },
  {
    key: /^frame\[\d+\]\.refs/,
    says: ({ name, from, to }) =>
      `the ${name.replace('refs', 'reference count')} goes from ${from} to ${to}`,
  },
  {
    key: /^mm\[\d+\]\.pmd\[/,
    says: ({ from, to }, owner, slot) => {
      const it = `${whose(owner)} PMD ${slot}`
      if (isNothing(to)) return `${it} is emptied`
      if (to.endsWith('marked') && !from.endsWith('marked'))
        return `${it} is marked as not yet copied`
      if (from === `${to}, marked`) return `the marker of ${it} is cleared`
      return `${it} becomes ${entry(to)}`
    },
  },
  {
    key: /^mm\[\d+\]\.vma\[\d+\]\.peer/,
    says: ({ to }, owner, vma) => {
      const it = `${whose(owner)} VMA ${vma}`
      if (to === 'error') return `the pointer of ${it} receives the error code`
      return isNothing(to) ? `${it} is no longer tied` : `${it} is tied to ${to}`
    },
  },
  {
    key: /^mm\[\d+\]\.peer/,
    says: ({ to }, owner) =>
      isNothing(to)
        ? `${whose(owner)} mm is no longer tied`
        : `${whose(owner)} mm is tied to that of ${to}`,
  },
  {
    key: /^mm\[\d+\]\.lock/,
    says: ({ to }, owner) =>
      to === 'free' ? `${whose(owner)} mmap_lock is free` : `${whose(owner)} mmap_lock: ${to}`,
  },
  { key: /^mm\[\d+\]\.killed/, says: (_, owner) => `SIGKILL is sent to ${owner}` },
  { key: /^mm\[\d+\]\.copyFailed/, says: (_, owner) => `the copying of ${owner} has failed` },
  { key: /^failuresLeft/, says: () => 'an allocation fails' },
  {
    key: /^thread\[\d+\]\.asked/,
    says: ({ name, to }) => {
      const [asker, asked] = name.split(' flush asks ')
      return to === 'yes'
        ? `${asker} asks ${whose(asked)} CPU to flush and waits for it`
        : `${whose(asked)} CPU has flushed for ${asker}`
    },
  },
  { key: /^mm\[\d+\]\.fork/, says: ({ to }) => `fork returns ${to}` },
  {
    key: /^thread\[\d+\]\.pc/,
    says: ({ to }, owner) => {
      if (to === 'gone') return `${owner} is gone`
      if (to === 'user') return `${owner} returns to user mode`
      return `${owner} goes on at ${to}`
    },
  },
  {
    key: /\.(lock|spinlock|held)$/,
    says: ({ name, to }) =>
      isNothing(to) ? `the ${name} is free` : `the ${name} is held by ${to}`,
  },
]

/** The change of the variable with a key as a sentence without its full stop. */
export function sentenceFor(key: string, change: Changed): string {
  const words = change.name.split(' ')
  const owner = words[0]
  const number = words.find((word) => /^\d+$/.test(word)) ?? ''
  const form = FORMS.find((one) => one.key.test(key))
  if (form) return form.says(change, owner, number)
  const shown = (value: string) => (isNothing(value) ? 'nothing' : value)
  return `${change.name} changes from ${shown(change.from)} to ${shown(change.to)}`
}
