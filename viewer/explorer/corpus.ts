/** The corpus of who serves this page: its files, and saving into it. */

async function answer(response: Response): Promise<string> {
  const text = await response.text()
  if (response.ok) return text
  throw new Error(text || `${response.status} ${response.statusText}`)
}

/** The names of the files. @throws Error in a sentence. */
export async function corpusFiles(): Promise<string[]> {
  return JSON.parse(await answer(await fetch('/corpus')))
}

/** @throws Error in a sentence. */
export async function corpusFile(name: string): Promise<string> {
  return answer(await fetch(`/corpus/${name.split('/').map(encodeURIComponent).join('/')}`))
}

/** @returns the file's name in the corpus. @throws Error in a sentence. */
export async function saveToCorpus(text: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch('/corpus', { method: 'POST', headers, body: text })
  return JSON.parse(await answer(response)).file
}
