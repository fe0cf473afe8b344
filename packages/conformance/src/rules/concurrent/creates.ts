import type { RepositoryName, WriteOptions } from '@holdfast/spec'
import { contested, overlap, oneWinner, race, rounds } from '../../concurrent/race.ts'
import { equal, ok } from '../../expect.ts'
import { aStep, aSubscription, aWorkflow, anError, anEvent } from '../../fixtures.ts'
import { rule, type Rule, type Store } from '../../rule.ts'

/** How a record with an id of the caller's choice is made, and read. Its content has the mark of who made it. */
interface Creation {
  readonly rule: string
  readonly repository: RepositoryName
  readonly what: string
  readonly bugs: readonly string[]
  create(store: Store, id: string, mark: string, options?: WriteOptions): Promise<unknown>
  /** The marks of those who made it, as they are stored. */
  marks(store: Store, id: string): Promise<readonly unknown[]>
}

const creations: readonly Creation[] = [
  {
    rule: 'RACE-09',
    repository: 'workflows',
    what: 'a workflow',
    bugs: ['vercel/workflow#4173', 'vercel/workflow#85', 'durabletask-go PR#140'],
    create: ({ workflows }, id, mark, options) =>
      workflows.create(aWorkflow({ id, data: mark }), options),
    marks: async ({ workflows }, id) => [(await workflows.get(id))?.data],
  },
  {
    rule: 'RACE-10',
    repository: 'steps',
    what: 'a step',
    bugs: ['vercel/workflow#2039', 'Gorkflow: put of Dynamo (P17)'],
    create: ({ steps }, id, mark, options) =>
      steps.create(aStep({ workflowId: id, input: mark }), options),
    marks: async ({ steps }, id) =>
      (await steps.list({ workflowId: id })).items.map(({ input }) => input),
  },
  {
    rule: 'RACE-11',
    repository: 'events',
    what: 'an event',
    bugs: ['workflow-core#828', 'workflow-core PR#921'],
    create: ({ events }, id, mark, options) =>
      events.create(anEvent({ id, eventKey: id, data: mark }), options),
    marks: async ({ events }, id) =>
      (await events.find({ eventName: 'paid', eventKey: id, asOf: 0 })).items.map(
        ({ data }) => data,
      ),
  },
  {
    rule: 'RACE-12',
    repository: 'subscriptions',
    what: 'a subscription',
    bugs: ['vercel/workflow#4173'],
    create: ({ subscriptions }, id, mark, options) =>
      subscriptions.create(aSubscription({ id, data: mark }), options),
    marks: async ({ subscriptions }, id) => [(await subscriptions.get(id))?.data],
  },
  {
    rule: 'RACE-13',
    repository: 'errors',
    what: 'an error',
    bugs: ['sayiir#110', 'durabletask-go PR#140'],
    create: async ({ errors }, id, mark, options) => {
      await errors.append(
        [
          anError({ id: `${id}-${mark}`, workflowId: id, message: mark }),
          anError({ id, workflowId: id, message: mark }),
        ],
        options,
      )
      return true
    },
    marks: async ({ errors }, id) => {
      const { items } = await errors.list({ workflowId: id })
      return [...new Set(items.map(({ message }) => message))]
    },
  },
]

/** Decisions 1 and 4: one of several clients makes a record, unless they are one and the same request. */
export const creates: readonly Rule[] = [
  ...creations.map(({ rule: id, repository, what, bugs, create, marks }) =>
    rule(id, {
      title: `of several clients that create ${what} with one id at once exactly one succeeds, and its content stays`,
      clause: 1,
      level: 'concurrent',
      needs: [repository],
      bugs,
      async check(store, trial) {
        const clients = await trial.clients()
        await rounds(trial, clients, async (lineup) => {
          const record = trial.id('record')
          const attempts = await race(lineup, async (client) =>
            create(client.store, record, client.name),
          )
          const all = oneWinner(attempts, { code: 'CONFLICT' }, `the creation of ${what}`)
          const winner = all.winners[0]?.client.name
          equal(await marks(store, record), [winner], `who made ${what}, by its content`)
          return contested(all)
        })
      },
    }),
  ),

  rule('RACE-14', {
    title:
      'one request that several clients make at once is applied once, and succeeds for all of them',
    clause: 4,
    level: 'concurrent',
    needs: [],
    bugs: ['vercel/workflow#85', 'vercel/workflow PR#208', 'vercel/workflow PR#2295'],
    async check(store, trial) {
      const clients = await trial.clients()
      const present = creations.filter(({ repository }) => store[repository] !== undefined)
      for (const { what, create, marks } of present) {
        await rounds(trial, clients, async (lineup) => {
          const record = trial.id('record')
          const requestId = trial.id('request')
          const attempts = await race(lineup, async (client) =>
            create(client.store, record, 'same', { requestId }),
          )
          const refused = attempts.find(({ error }) => error !== undefined)
          ok(!refused, `a repeat of the creation of ${what} got ${refused?.error?.code}`)
          equal(await marks(store as Store, record), ['same'], `${what} that one request made`)
          const [first, ...rest] = attempts
          for (const { value } of rest) equal(value, first?.value, `what a repeat gives of ${what}`)
          return rest.some(({ span }) => first && overlap(first.span, span))
        })
      }
    },
  }),

  rule('RACE-15', {
    title:
      'of several clients that delete one record at once exactly one is told that it was there',
    clause: 2,
    level: 'concurrent',
    needs: [],
    bugs: ['dapr/components-contrib PR#736', 'workflow-core W38'],
    async check(store, trial) {
      const clients = await trial.clients()
      const present = removals.filter(({ repository }) => store[repository] !== undefined)
      for (const { what, make, remove } of present) {
        await rounds(trial, clients, async (lineup) => {
          const record = trial.id('record')
          await make(store as Store, record)
          const attempts = await race(lineup, async (client) => remove(client.store, record))
          return contested(oneWinner(attempts, { value: false }, `the end of ${what}`))
        })
      }
    },
  }),
]

interface Removal {
  readonly repository: RepositoryName
  readonly what: string
  make(store: Store, id: string): Promise<unknown>
  remove(store: Store, id: string): Promise<boolean>
}

const removals: readonly Removal[] = [
  {
    repository: 'workflows',
    what: 'a workflow',
    make: ({ workflows }, id) => workflows.create(aWorkflow({ id })),
    remove: ({ workflows }, id) => workflows.delete(id),
  },
  {
    repository: 'state',
    what: 'a value of the state',
    make: ({ state }, id) => state.set({ workflowId: id, key: 'k', value: 1 }),
    remove: ({ state }, id) => state.delete({ workflowId: id, key: 'k' }),
  },
  {
    repository: 'subscriptions',
    what: 'a subscription',
    make: ({ subscriptions }, id) => subscriptions.create(aSubscription({ id })),
    remove: ({ subscriptions }, id) => subscriptions.terminate(id),
  },
]
