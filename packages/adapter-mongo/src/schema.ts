import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import { againOnDuplicate } from './judge.ts'
import type { Collections } from './rows.ts'

/** An index, as `createIndexes` takes it. */
export interface IndexDefinition {
  readonly name: string
  readonly key: Readonly<Record<string, 1 | -1>>
  readonly unique?: true
  readonly sparse?: true
}

// Every query is a range of one of these, or of `_id`: first the fields that must be equal, then those of the order.
// Partial indexes would be smaller, but a query must then repeat their condition word for word to be served by them.
const INDEXES: Readonly<Partial<Record<keyof Collections, readonly IndexDefinition[]>>> = {
  workflows: [
    { name: 'due', key: { ns: 1, due: 1, _id: 1 } },
    { name: 'created', key: { ns: 1, createdAt: -1, _id: -1 } },
    { name: 'status', key: { ns: 1, status: 1, createdAt: -1, _id: -1 } },
    { name: 'definition', key: { ns: 1, definitionId: 1, createdAt: -1, _id: -1 } },
    { name: 'reference', key: { ns: 1, reference: 1, createdAt: -1, _id: -1 } },
    { name: 'resource', key: { ns: 1, resourceId: 1, createdAt: -1, _id: -1 } },
    { name: 'age', key: { ns: 1, status: 1, completedAt: 1, updatedAt: 1 } },
  ],
  steps: [{ name: 'order', key: { owner: 1, executionIndex: 1, _id: 1 } }],
  events: [
    { name: 'waiting', key: { ns: 1, processed: 1, eventTime: 1, arrival: 1, _id: 1 } },
    { name: 'topic', key: { topic: 1, eventTime: 1, arrival: 1 } },
  ],
  subscriptions: [
    { name: 'topic', key: { topic: 1, subscribeAsOf: 1, _id: 1 } },
    { name: 'open', key: { topic: 1, token: 1, subscribeAsOf: 1, _id: 1 } },
    { name: 'expiry', key: { topic: 1, tokenExpiry: 1 } },
    { name: 'owner', key: { owner: 1 } },
  ],
  commands: [
    { name: 'order', key: { ns: 1, executeAt: 1, _id: 1 } },
    { name: 'free', key: { ns: 1, held: 1, executeAt: 1, _id: 1 } },
    { name: 'lease', key: { ns: 1, leaseUntil: 1 } },
    { name: 'owner', key: { owner: 1 } },
    // Sparse, so that there may be any number without a token.
    { name: 'token', key: { token: 1 }, unique: true, sparse: true },
  ],
  snapshots: [{ name: 'status', key: { ns: 1, status: 1, _id: 1 } }],
  tasks: [
    { name: 'free', key: { ns: 1, ready: 1, held: 1, priority: 1, readyAt: 1, _id: 1 } },
    { name: 'lease', key: { ns: 1, ready: 1, expiresAt: 1 } },
    { name: 'request', key: { claimRequest: 1 }, unique: true, sparse: true },
  ],
  errors: [{ name: 'order', key: { owner: 1, errorTime: 1, arrival: 1 } }],
  units: [{ name: 'namespace', key: { ns: 1 } }],
}

/** The indexes of each collection, for a database whose users may not make any. */
export function indexDefinitions(): Readonly<Record<string, readonly IndexDefinition[]>> {
  return Object.fromEntries(
    Object.entries(INDEXES).map(([name, indexes]) => [`holdfast.${name}`, indexes]),
  )
}

/**
 * Makes the indexes of this database, and stamps the namespace with the version of the contract. An index that is there
 * is left as it is, so that any number of processes may call it.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when the namespace has another version
 */
export async function ensureStore(all: Collections, _id: string): Promise<void> {
  await checkVersion(all.meta, _id)
  for (const [name, indexes] of Object.entries(INDEXES)) {
    await all[name as keyof Collections].createIndexes(indexes)
  }
  // Another adapter may stamp it at the same moment: the one that comes second finds that.
  await againOnDuplicate(() =>
    all.meta.updateOne({ _id }, { $min: { version: SPEC_VERSION } }, { upsert: true }),
  )
  await checkVersion(all.meta, _id)
}

async function checkVersion(meta: Collections['meta'], _id: string): Promise<void> {
  const { version = SPEC_VERSION } = (await meta.findOne({ _id })) ?? {}
  if (version === SPEC_VERSION) return
  throw new PersistenceError(
    'UNAVAILABLE',
    `The store was made for version ${version} of the contract; this adapter writes version ${SPEC_VERSION}`,
    { retryable: false },
  )
}
