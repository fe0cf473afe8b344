import { PersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { memo } from './holds.ts'

/** One way to take two ids for one, in each repository. */
export const identifierFaults: readonly Fault[] = [
  fault('workflow-ids-fold-case', {
    rule: 'KEY-01',
    bug: 'airflow PR#18072, unkey#4091: a collation without case',
    says: /the workflow of the id upper case/,
    wrap: (provider, store) =>
      override(provider, 'workflows', (real) => ({
        get: async (id, options) => real.get(firstAlike(store, 'workflows', id, folded), options),
      })),
  }),

  fault('step-ids-are-normalised', {
    rule: 'KEY-02',
    bug: 'Avernet PR#789: a collation that takes two spellings for one',
    says: /the step of the id decomposed/,
    wrap: (provider, store) =>
      override(provider, 'steps', (real) => ({
        async get(key, options) {
          const stepId = firstAlike(store, 'steps', key.stepId, normal)
          return real.get({ ...key, stepId }, options)
        },
      })),
  }),

  fault('state-keys-end-at-254', {
    rule: 'KEY-03',
    bug: 'moneat PR#433: a key is cut off, and two become one',
    says: /the value of the key 255 units, the last another/,
    wrap: (provider, store) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          const cut = (text: string): string => text.slice(0, 254)
          return real.get({ ...key, key: firstAlike(store, 'state', key.key, cut) }, options)
        },
      })),
  }),

  fault('event-ids-without-accents', {
    rule: 'KEY-04',
    bug: 'StigManager#205: a collation without accents',
    says: /the event of the id/,
    wrap: (provider, store) =>
      override(provider, 'events', (real) => ({
        async get(id, options) {
          const bare = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '')
          return real.get(firstAlike(store, 'events', id, bare), options)
        },
      })),
  }),

  fault('tokens-fold-case', {
    rule: 'KEY-05',
    bug: 'airflow PR#18072: a collation without case',
    says: /clearToken with another token than lower case/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async clearToken(id, token, options) {
          const cleared = await real.clearToken(id, token, options)
          const held = cleared ? null : (await real.get(id))?.token
          const alike = typeof held === 'string' && folded(held) === folded(token)
          return alike ? real.clearToken(id, held, options) : cleared
        },
      })),
  }),

  fault('command-names-ignore-the-invisible', {
    rule: 'KEY-06',
    bug: 'pg-boss PR#898: two keys become one, and a job is dropped',
    says: /the commands of any names/,
    wrap: (provider, store) =>
      override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const scheduled = await real.schedule(command, options)
          const seen = (text: string): string => text.replaceAll(/[\u00ad\u200b\ufeff]/g, '')
          const name = firstAlike(store, 'commands', command.name, seen)
          if (name !== command.name) {
            memo(store, 'dropped commands', () => new Set<string>()).add(command.name)
          }
          return scheduled
        },
        async list(query, options) {
          const page = await real.list(query, options)
          const dropped = memo(store, 'dropped commands', () => new Set<string>())
          return { ...page, items: page.items.filter(({ name }) => !dropped.has(name)) }
        },
      })),
  }),

  fault('snapshot-ids-fold-width', {
    rule: 'KEY-07',
    bug: 'Flow Orchestrator: file systems that take two names for one',
    says: /the snapshot of the id full-width letter/,
    wrap: (provider, store) =>
      override(provider, 'snapshots', (real) => ({
        async load(key, options) {
          const wide = (text: string): string => text.normalize('NFKC')
          const instanceId = firstAlike(store, 'snapshots', key.instanceId, wide)
          return real.load({ ...key, instanceId }, options)
        },
      })),
  }),

  fault('workers-fold-case', {
    rule: 'KEY-08',
    bug: 'airflow PR#18072: a collation without case',
    says: /release by another worker than lower case/,
    wrap: (provider, store) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          if (claim) firstAlike(store, 'workers', claim.workerId, folded)
          return claim
        },
        async release(claim, options) {
          if (typeof claim.workerId !== 'string') return real.release(claim, options)
          const workerId = firstAlike(store, 'workers', claim.workerId, folded)
          return (await real.release(claim, options)) || real.release({ ...claim, workerId })
        },
      })),
  }),

  fault('error-list-takes-a-pattern', {
    rule: 'KEY-09',
    bug: 'Flow Orchestrator: ListWorkflows is a Glob',
    says: /the errors of the workflow underscore for the hyphen/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          if (!query.workflowId.includes('_')) return page
          const alike = { ...query, workflowId: query.workflowId.replaceAll('_', '-') }
          return { ...page, items: [...page.items, ...(await real.list(alike)).items] }
        },
      })),
  }),

  fault('references-fold-case', {
    rule: 'KEY-10',
    also: ['LIST-01'],
    bug: 'unkey#4091: a collation without case',
    says: /the workflows whose reference is upper case/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async list(query = {}, options) {
          const page = await real.list(query, options)
          const { reference, ...rest } = query
          if (reference === undefined) return page
          const all = await real.list(rest, options)
          const alike = all.items.filter(
            (item) => folded(item.reference ?? '') === folded(reference),
          )
          return { ...page, items: alike }
        },
      })),
  }),

  fault('event-names-end-at-100', {
    rule: 'KEY-11',
    bug: 'workflow-core #898, #1149: an event name above 100 is cut off',
    says: /the events of the name 255 units/,
    wrap: (provider, store) =>
      override(provider, 'events', (real) => ({
        async find(query, options) {
          const page = await real.find(query, options)
          const cut = (text: string): string => text.slice(0, 100)
          const eventName = firstAlike(store, 'event names', query.eventName, cut)
          return eventName === query.eventName ? page : real.find({ ...query, eventName }, options)
        },
      })),
  }),

  fault('quotes-are-doubled-twice', {
    rule: 'KEY-12',
    bug: 'workflow-core W40: a query that is built from text',
    says: /the first open subscription to the key single quote/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async findFirstOpen(query, options) {
          const found = await real.findFirstOpen(query, options)
          return found?.eventKey.includes("'") ? null : found
        },
      })),
  }),

  fault('tags-are-normalised', {
    rule: 'KEY-13',
    bug: 'Avernet PR#789: a collation that takes two spellings for one',
    says: /the tasks that need the tag composed/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async findAvailable(query = {}, options) {
          const page = await real.findAvailable(query, options)
          const { tags, ...rest } = query
          if (tags === undefined || query.limit !== undefined) return page
          const wanted = tags.map(normal)
          const all = await real.findAvailable(rest, options)
          const items = all.items.filter((item) =>
            item.tags.every((tag) => wanted.includes(normal(tag))),
          )
          return { ...page, items }
        },
      })),
  }),

  fault('long-ids-are-cut-off', {
    rule: 'KEY-14',
    bug: 'workflow-core #1208: an id that is too long is cut off',
    says: /256 units as id in workflows.create: expected INVALID_VALUE/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { id } = workflow
          const long = typeof id === 'string' && id.length === 256
          return real.create(long ? { ...workflow, id: id.slice(0, 255) } : workflow, options)
        },
      })),
  }),

  fault('an-index-row-takes-2500-bytes', {
    rule: 'KEY-15',
    bug: 'workflow-core W15: each column has a limit of its own, and so has an index',
    says: /The row does not fit/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          const { id, definitionId, reference = '', resourceId = '' } = created
          if (Buffer.byteLength(id + definitionId + reference + resourceId) > 2500)
            throw new PersistenceError('TOO_LARGE', 'The row does not fit in a page of the index')
          return created
        },
      })),
  }),
]

/** The text that was seen first of those that a collation takes for one. */
function firstAlike(
  store: Map<string, unknown>,
  name: string,
  text: string,
  collate: (text: string) => string,
): string {
  if (typeof text !== 'string') return text
  const seen = memo(store, `alike ${name}`, () => new Map<string, string>())
  const found = seen.get(collate(text)) ?? text
  seen.set(collate(text), found)
  return found
}

function folded(text: string): string {
  return text.toLowerCase()
}

function normal(text: string): string {
  return text.normalize('NFC')
}
