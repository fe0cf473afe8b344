import { PersistenceError, isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

export const sizeFaults: readonly Fault[] = [
  fault('event-data-of-64-kib', {
    rule: 'SIZE-01',
    bug: 'workflow-core W42, Azure/durabletask#1185: a property of 64 KiB',
    says: /TOO_LARGE: A property takes 64 KiB/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          if (created.data !== undefined && JSON.stringify(created.data).length > 65_536)
            throw new PersistenceError('TOO_LARGE', 'A property takes 64 KiB')
          return created
        },
      })),
  }),

  fault('long-commands-are-swallowed', {
    rule: 'SIZE-02',
    bug: 'workflow-core W8: a Data that is too long looks like success',
    says: /the command that is listed/,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async list(query, options) {
          const page = await real.list(query, options)
          return { ...page, items: page.items.filter(({ data }) => data.length < 100_000) }
        },
      })),
  }),

  fault('takes-half-of-what-it-declares', {
    rule: 'SIZE-03',
    bug: 'dapr/components-contrib#169: what is declared does not work',
    says: /TOO_LARGE: Half is enough/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          const { data } = created
          if (typeof data === 'string' && data.length > provider.capabilities.maxPayloadBytes / 2)
            throw new PersistenceError('TOO_LARGE', 'Half is enough')
          return created
        },
      })),
  }),

  fault('too-large-event-without-data', {
    rule: 'SIZE-04',
    bug: 'Azure/durabletask#448: a part of the record is stored',
    says: /what the refused events.create data stored/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          try {
            return await real.create(event, options)
          } catch (error) {
            const { data: _, ...rest } = event
            if (isPersistenceError(error, 'TOO_LARGE')) await real.create(rest)
            throw error
          }
        },
      })),
  }),

  fault('too-large-state-loses-the-old-one', {
    rule: 'SIZE-05',
    bug: 'mastra PR#21420: the document before is gone',
    says: /the record after the refused state.set/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async set(entry, options) {
          try {
            return await real.set(entry, options)
          } catch (error) {
            const { workflowId, key } = entry
            if (isPersistenceError(error, 'TOO_LARGE')) await real.delete({ workflowId, key })
            throw error
          }
        },
      })),
  }),

  fault('size-in-letters', {
    rule: 'SIZE-06',
    bug: 'workflow-core W42: 32 K letters, or 64 KiB',
    says: /half as many three-byte letters .* expected TOO_LARGE/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          try {
            return await real.create(workflow, options)
          } catch (error) {
            const { data, ...rest } = workflow
            const { maxPayloadBytes } = provider.capabilities
            const fits = typeof data === 'string' && data.length < maxPayloadBytes
            if (fits && isPersistenceError(error, 'TOO_LARGE')) return real.create(rest)
            throw error
          }
        },
      })),
  }),
]
