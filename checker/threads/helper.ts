/** What a thread of a team does: one errand after the other. */
import { parentPort } from 'node:worker_threads'
import { help } from '../search/parallel/workers.js'

parentPort?.on('message', help)
