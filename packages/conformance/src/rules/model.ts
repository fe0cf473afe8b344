import type { RepositoryName } from '@holdfast/spec'
import { checkModel } from '../model/check.ts'
import { cascadeOf, type CASCADE } from '../model/operations/cascade.ts'
import type { Family, Setting } from '../model/operations/operation.ts'
import { rule, type Rule, type Store } from '../rule.ts'

/** Of what the provider declares. Claims are on the tasks of snapshots. */
function declared(store: Store<never>): readonly RepositoryName[] {
  const { repositories } = store.capabilities
  return repositories.filter((name) => name !== 'claims' || repositories.includes('snapshots'))
}

/** One rule a repository. */
function alone(
  number: string,
  name: RepositoryName,
  options: {
    readonly title: string
    readonly clause: number
    readonly bugs: readonly string[]
    readonly with?: RepositoryName
  },
): Rule {
  const { title, clause, bugs, with: other } = options
  const repositories = other === undefined ? [name] : [other, name]
  return rule(`MODEL-${number}`, {
    title,
    clause,
    needs: repositories,
    bugs,
    check: async (store, trial) => checkModel(store, trial, { repositories }),
  })
}

/** Sequences of generated operations, compared with a model of the contract call by call. */
export const model: readonly Rule[] = [
  alone('01', 'workflows', {
    title: 'workflows answer every sequence of calls as the model does',
    clause: 3,
    bugs: ['workflow-core W20', 'workflow-core W25', 'Gorkflow UpdateRun columns'],
  }),
  alone('02', 'steps', {
    title: 'steps and their outputs answer every sequence of calls as the model does',
    clause: 3,
    bugs: ['Gorkflow Memory UpdateStepExecution upserts', 'Gorkflow ListRuns'],
  }),
  alone('03', 'state', {
    title: 'state answers every sequence of calls as the model does',
    clause: 13,
    bugs: ['langgraph-redis PR#186'],
  }),
  alone('04', 'events', {
    title: 'events answer every sequence of calls as the model does',
    clause: 9,
    bugs: ['workflow-core W29', 'workflow-core W43', 'workflow-core#432', 'workflow-core#1127'],
  }),
  alone('05', 'subscriptions', {
    title: 'subscriptions and their tokens answer every sequence of calls as the model does',
    clause: 10,
    bugs: ['workflow-core W30', 'workflow-core W39', 'workflow-core W40'],
  }),
  alone('06', 'commands', {
    title: 'commands are scheduled, re-armed and processed as the model does it',
    clause: 11,
    bugs: ['workflow-core W9', 'workflow-core#1003', 'durabletask-go PR#140'],
  }),
  alone('07', 'snapshots', {
    title: 'snapshots answer every sequence of calls as the model does',
    clause: 3,
    bugs: ['langgraph#8796', 'langgraphjs#1591'],
  }),
  alone('08', 'claims', {
    title: 'claims on the tasks of snapshots answer every sequence of calls as the model does',
    clause: 10,
    with: 'snapshots',
    bugs: ['sayiir extend revives expired', 'sayiir PR#152', 'Conductor#576'],
  }),
  alone('09', 'errors', {
    title: 'errors answer every sequence of calls as the model does',
    clause: 13,
    bugs: ['workflow-core PersistErrors no-op'],
  }),

  rule('MODEL-10', {
    title:
      'all repositories together answer as the model does, deletion of a workflow with all its records too',
    clause: 5,
    needs: [],
    bugs: ['workflow-core W20', 'workflow-core W38', 'sayiir orphaned signals'],
    check: async (store, trial) =>
      checkModel(store, trial, {
        repositories: declared(store),
        mixed: true,
        wanted: (setting, used) => [...firstOf(used), ...cascadesOf(setting)],
      }),
  }),

  rule('MODEL-11', {
    title: 'two providers on one namespace, asked in turn, answer as one store',
    clause: 5,
    needs: [],
    bugs: ['workflow-core W1', 'workflow-es module globals'],
    check: async (store, trial) =>
      checkModel(store, trial, {
        repositories: declared(store),
        mixed: true,
        stores: 2,
        wanted: (_, used) => firstOf(used),
      }),
  }),

  rule('MODEL-12', {
    title: 'a write that is repeated with its request id is no conflict and changes nothing',
    clause: 4,
    needs: [],
    bugs: ['langgraph#7201', 'langgraph PR#7237', 'pg-boss#522'],
    check: async (store, trial) =>
      checkModel(store, trial, {
        repositories: declared(store),
        mixed: true,
        repeats: true,
        wanted: (_, used) => repeatsOf(used),
      }),
  }),
]

/** Each kind of record goes away with some workflow, and an update opens subscriptions, or cannot. */
function cascadesOf({ repositories, atomicSubscriptions }: Setting): readonly string[] {
  if (!repositories.includes('workflows')) return []
  const opening = atomicSubscriptions && repositories.includes('subscriptions')
  return [
    ...CASCADES.filter(([name]) => repositories.includes(name)).map(([, ...kinds]) =>
      kinds.map(cascadeOf).join(' or '),
    ),
    ...(opening ? ['subscriptions in an update', 'subscriptions in an update CONFLICT'] : []),
  ]
}

/** What goes away with a workflow, by repository. */
const CASCADES: readonly (readonly [RepositoryName, ...(typeof CASCADE)[number][]])[] = [
  ['subscriptions', 'subscriptions'],
  ['steps', 'steps', 'outputs'],
  ['state', 'state'],
  ['snapshots', 'snapshots', 'claims'],
  ['commands', 'commands'],
  ['errors', 'errors'],
]

/** The first method of each: what makes its records. */
function firstOf(used: readonly Family[]): readonly string[] {
  return used.flatMap(({ methods }) => methods.slice(0, 1))
}

/** Claims are few, and there are two ways to one. */
function repeatsOf(used: readonly Family[]): readonly string[] {
  return firstOf(used).map((method) =>
    method === 'claims.claim' ? 'claims.claim again or claims.claimNext again' : `${method} again`,
  )
}
