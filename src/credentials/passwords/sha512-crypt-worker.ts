import { parentPort, workerData } from 'node:worker_threads'
import { type Sha512Crypt, sha512Crypt } from '#src/credentials/passwords/sha512-crypt.ts'

// Node has no asynchronous version of this hash, and hundreds of thousands of rounds would block the server.
parentPort?.postMessage(sha512Crypt(workerData as Sha512Crypt))
