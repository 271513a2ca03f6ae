/** What a kernel answered, kept in a file, so that it can be compared again without that kernel. */
import type { Machine } from './machine.js'

/** One request and its answer. */
export interface Recorded {
  readonly request: readonly string[]
  readonly answer: readonly string[]
}

/** A file of answers. */
export interface Recording {
  readonly format: 1
  readonly kernel: string
  readonly isGuest: boolean
  readonly requests: readonly Recorded[]
}

/** A machine that also keeps what it answers. */
export function recording(machine: Machine): { machine: Machine; recording: () => Recording } {
  const requests: Recorded[] = []
  const { kernel, isGuest } = machine
  return {
    machine: {
      ...machine,
      request: async (request) => {
        const answer = await machine.request(request)
        requests.push({ request, answer })
        return answer
      },
    },
    recording: () => ({ format: 1, kernel, isGuest, requests }),
  }
}

/** Raised when a recording has no answer to a request. */
export class NotRecordedError extends Error {
  override readonly name = 'NotRecordedError'
}

/** A machine that answers from a recording. */
export function recorded({ kernel, isGuest, requests }: Recording): Machine {
  const answers = new Map(requests.map(({ request, answer }) => [request.join('\n'), answer]))
  return {
    kernel: `${kernel} (recorded)`,
    isGuest,
    request: async (request) => {
      const answer = answers.get(request.join('\n'))
      if (!answer) throw new NotRecordedError('the recording has no answer to this request')
      return [...answer]
    },
    console: () => '',
    close: () => {},
  }
}
