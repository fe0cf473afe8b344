import { MongoClient, MongoServerError } from 'mongodb'
import type { Identity } from '../ladder.ts'

const TIMEOUT_MS = 5_000

const NOT_YET_INITIALIZED = 94

/** Runs some work on a client of its own. */
export async function connected<T>(
  url: string,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: TIMEOUT_MS,
    connectTimeoutMS: TIMEOUT_MS,
    socketTimeoutMS: TIMEOUT_MS,
  })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/** Asks the server for its version. What others build does not name the commit that it was built from. */
export async function identify(url: string): Promise<Identity> {
  return connected(url, async (client) => {
    const { version, gitVersion, ferretdb } = await client.db('admin').command({ buildInfo: 1 })
    if (typeof version !== 'string') throw new Error('the server did not state its version')
    const real = /^[0-9a-f]{40}$/.test(String(gitVersion)) && ferretdb === undefined
    return { version, grade: real ? 'real' : 'stand-in' }
  })
}

/**
 * Makes a server that was started for it a replica set of one, which has transactions.
 *
 * @throws while it is not its own primary yet
 */
export async function becomePrimary(url: string): Promise<void> {
  await connected(url, async (client) => {
    const admin = client.db('admin')
    try {
      await admin.command({ replSetGetStatus: 1 })
    } catch (error) {
      const code = error instanceof MongoServerError ? error.code : undefined
      if (code !== NOT_YET_INITIALIZED) throw error
      const members = [{ _id: 0, host: '127.0.0.1:27017' }]
      await admin.command({ replSetInitiate: { _id: 'rs0', members } })
    }
    const { isWritablePrimary } = await admin.command({ hello: 1 })
    if (isWritablePrimary !== true) throw new Error('the server is not primary yet')
  })
}
