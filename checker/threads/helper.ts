/** The program of a helping thread: one task, then it ends. */
import { parentPort } from 'node:worker_threads'
import { runTask } from '../search/parallel/workers.js'

parentPort?.once('message', runTask)
