/** Keys from a terminal, one by one. */
import { on } from 'node:events'
import { emitKeypressEvents } from 'node:readline'
import type { ReadStream } from 'node:tty'

/** The names of the keys that are pressed; Ctrl-C stops. The terminal is as it was afterwards. */
export async function* keysFrom(
  input: ReadStream,
  stop: AbortController,
): AsyncGenerator<string, void> {
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.resume()
  try {
    for await (const [character, key] of on(input, 'keypress', { signal: stop.signal })) {
      if (key.ctrl && key.name === 'c') {
        stop.abort()
        return
      }
      yield key.name ?? character
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    input.setRawMode(false)
    input.pause()
  }
}
