/** BullMQ and ioredis. Only --redis needs these packages, so they are optional. */
import { UsageError } from '../errors.js'

export type Libraries = Awaited<ReturnType<typeof both>>

const both = async () => {
  const [{ Queue, Worker, WaitingError, UnrecoverableError }, { Redis }] = await Promise.all([
    import('bullmq'),
    import('ioredis'),
  ])
  return { Queue, Worker, WaitingError, UnrecoverableError, Redis }
}

/** @throws UsageError when they are not installed. */
export async function queueLibraries(load = both): Promise<Libraries> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(
      '--redis needs two packages that are not installed: npm install bullmq ioredis',
    )
  }
}
