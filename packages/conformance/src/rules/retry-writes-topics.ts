import { EPOCH } from '../clock.ts'
import { aCommand, aSubscription, anEvent } from '../fixtures.ts'
import { LONG } from './ready.ts'
import type { Write } from './retry-writes.ts'

const OLD = EPOCH - 1000

/** Events, subscriptions, commands. */
export const topicWrites: readonly Write[] = [
  {
    rule: 'RETRY-12',
    method: 'events.create',
    needs: ['events'],
    bugs: ['workflow-core#935', 'workflow-core W43'],
    async prepare(_, trial) {
      const topic = { eventName: trial.id(), eventKey: 'a' }
      return {
        call: async ({ events }, options) => events.create(anEvent({ ...topic, data: 1 }), options),
        look: async ({ events }) => (await events.find({ ...topic, asOf: EPOCH })).items,
      }
    },
  },
  {
    rule: 'RETRY-13',
    method: 'events.markProcessed',
    needs: ['events'],
    bugs: ['workflow-core#432'],
    async prepare({ events: direct }, trial) {
      const { id } = await direct.create(anEvent({ id: trial.id() }))
      return {
        call: async ({ events }, options) => events.markProcessed(id, options),
        look: async ({ events }) => events.get(id),
      }
    },
  },
  {
    rule: 'RETRY-14',
    method: 'events.markUnprocessed',
    needs: ['events'],
    bugs: ['workflow-core#432'],
    async prepare({ events: direct }, trial) {
      const { id } = await direct.create(anEvent({ id: trial.id(), processed: true }))
      return {
        call: async ({ events }, options) => events.markUnprocessed(id, options),
        look: async ({ events }) => events.get(id),
      }
    },
  },
  {
    rule: 'RETRY-15',
    method: 'events.purge',
    needs: ['events'],
    bugs: ['workflow-core#1192'],
    gone: 0,
    async prepare({ events: direct }, trial) {
      const { id } = await direct.create(
        anEvent({ id: trial.id(), eventTime: OLD, processed: true }),
      )
      return {
        call: async ({ events }, options) => events.purge({ olderThan: EPOCH }, options),
        look: async ({ events }) => events.get(id),
      }
    },
  },
  {
    rule: 'RETRY-16',
    method: 'subscriptions.create',
    needs: ['subscriptions'],
    bugs: ['workflow-core#935'],
    async prepare(_, trial) {
      const topic = { eventName: trial.id(), eventKey: 'a' }
      return {
        call: async ({ subscriptions }, options) =>
          subscriptions.create(aSubscription(topic), options),
        look: async ({ subscriptions }) =>
          (await subscriptions.find({ ...topic, asOf: EPOCH })).items,
      }
    },
  },
  {
    rule: 'RETRY-17',
    method: 'subscriptions.terminate',
    needs: ['subscriptions'],
    bugs: ['workflow-core W4'],
    gone: false,
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      return {
        call: async ({ subscriptions }, options) => subscriptions.terminate(id, options),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'RETRY-18',
    method: 'subscriptions.setToken',
    needs: ['subscriptions'],
    bugs: ['workflow-core W24', 'durabletask-go#59'],
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      const request = { token: 'token-1', workerId: 'worker-1', ttl: LONG }
      return {
        call: async ({ subscriptions }, options) => subscriptions.setToken(id, request, options),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'RETRY-19',
    method: 'subscriptions.clearToken',
    needs: ['subscriptions'],
    bugs: ['workflow-core W24'],
    gone: false,
    async prepare({ subscriptions: direct }, trial) {
      const { id } = await direct.create(aSubscription({ id: trial.id() }))
      await direct.setToken(id, { token: 'token-1', workerId: 'worker-1', ttl: LONG })
      return {
        call: async ({ subscriptions }, options) =>
          subscriptions.clearToken(id, 'token-1', options),
        look: async ({ subscriptions }) => subscriptions.get(id),
      }
    },
  },
  {
    rule: 'RETRY-20',
    method: 'commands.schedule',
    needs: ['commands'],
    bugs: ['workflow-core W18', 'workflow-core#1003'],
    async prepare(_, trial) {
      const command = aCommand({ name: trial.id() })
      return {
        call: async ({ commands }, options) => commands.schedule(command, options),
        look: async ({ commands }) =>
          (await commands.list()).items.filter(({ name }) => name === command.name),
      }
    },
  },
]
