import type { RepositoryName } from '@holdfast/spec'
import { createCoverage } from '../model/coverage.ts'
import { CASCADE, cascadeOf } from '../model/operations/cascade.ts'
import { families } from '../model/operations/index.ts'
import type { Family, Setting } from '../model/operations/operation.ts'
import { runSequence } from '../model/run.ts'
import { mixesOf, sequences } from '../model/sequence.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

interface ModelOptions {
  readonly repositories: readonly RepositoryName[]
  /** Whether a sequence has some of them, and not all. @default false */
  readonly mixed?: boolean
  /**
   * Whether the sequences share the rule's namespace, with ids of their own. Where a method asks for everything, each
   * has a namespace, which costs a provider.
   */
  readonly shared?: boolean
  /** How many providers take turns. @default 1 */
  readonly stores?: number
  /** @default false */
  readonly repeats?: boolean
  /** What part of the trial's runs is enough. */
  readonly share: number
  /** What must have been seen. @default what the families ask for, and a success of each method */
  wanted?(setting: Setting, families: readonly Family[]): readonly string[]
}

/** Fewer sequences do not see everything. */
const FEWEST_RUNS = 20

async function checkModel(store: Store<never>, trial: Trial, options: ModelOptions): Promise<void> {
  const { repositories, mixed = false, shared = false, stores = 1, repeats = false } = options
  const { capabilities } = store
  const used = families.filter(({ name }) => repositories.includes(name))
  const setting: Setting = {
    repositories,
    atomicSubscriptions: capabilities.atomicSubscriptions,
    fencing: capabilities.fencing,
    injected: trial.clock.injected,
  }
  const coverage = createCoverage()
  const runs = Math.min(trial.runs, Math.max(FEWEST_RUNS, Math.ceil(trial.runs * options.share)))
  let namespaces = 0
  await trial.forAll(
    mixed
      ? sequences(mixesOf(used), setting, { stores, repeats, maxLength: 100 })
      : sequences([used], setting),
    async (sequence) => {
      coverage.note('sequences')
      namespaces += 1
      const opened = shared ? [] : await openEach(trial, stores, `-m${namespaces}`)
      const [first = store as Store, ...others] = opened
      try {
        await runSequence(sequence, {
          stores: [first, ...others],
          setting,
          clock: trial.clock,
          prefix: shared ? `${trial.id('m')}/` : '',
          coverage,
          ...(repeats && { requestId: () => trial.id('request') }),
        })
      } finally {
        await Promise.all(opened.map(disposeOf))
      }
    },
    runs,
  )
  const wanted = options.wanted?.(setting, used) ?? [
    ...methodsOf(used),
    ...(used.at(-1)?.wanted(setting) ?? []),
  ]
  if (!trial.replaying) coverage.close(wanted, trial)
}

async function openEach(trial: Trial, count: number, suffix: string): Promise<readonly Store[]> {
  return Promise.all(Array.from({ length: count }, async () => trial.fresh(suffix)))
}

/** What cannot be disposed of breaks the rules on disposal, not this one. */
async function disposeOf(store: Store): Promise<void> {
  await store[Symbol.asyncDispose]().catch(() => undefined)
}

/** Of what the provider declares. Claims are on the tasks of snapshots. */
function declared(store: Store<never>): readonly RepositoryName[] {
  const { repositories } = store.capabilities
  return repositories.filter((name) => name !== 'claims' || repositories.includes('snapshots'))
}

/** One rule a repository. */
function alone(
  number: string,
  name: RepositoryName,
  options: Pick<ModelOptions, 'shared' | 'share'> & {
    readonly title: string
    readonly clause: number
    readonly bugs: readonly string[]
    readonly with?: RepositoryName
  },
): Rule {
  const { title, clause, bugs, with: other, ...rest } = options
  const repositories = other === undefined ? [name] : [other, name]
  return rule(`MODEL-${number}`, {
    title,
    clause,
    needs: repositories,
    bugs,
    check: async (store, trial) => checkModel(store, trial, { repositories, ...rest }),
  })
}

/** Sequences of generated operations, compared with a model of the contract call by call. */
export const model: readonly Rule[] = [
  alone('01', 'workflows', {
    title: 'workflows answer every sequence of calls as the model does',
    clause: 3,
    share: 0.4,
    bugs: ['workflow-core W20', 'workflow-core W25', 'Gorkflow UpdateRun columns'],
  }),
  alone('02', 'steps', {
    title: 'steps and their outputs answer every sequence of calls as the model does',
    clause: 3,
    share: 0.4,
    shared: true,
    bugs: ['Gorkflow Memory UpdateStepExecution upserts', 'Gorkflow ListRuns'],
  }),
  alone('03', 'state', {
    title: 'state answers every sequence of calls as the model does',
    clause: 13,
    share: 0.4,
    shared: true,
    bugs: ['langgraph-redis PR#186'],
  }),
  alone('04', 'events', {
    title: 'events answer every sequence of calls as the model does',
    clause: 9,
    share: 0.4,
    bugs: ['workflow-core W29', 'workflow-core W43', 'workflow-core#432', 'workflow-core#1127'],
  }),
  alone('05', 'subscriptions', {
    title: 'subscriptions and their tokens answer every sequence of calls as the model does',
    clause: 10,
    share: 0.4,
    shared: true,
    bugs: ['workflow-core W30', 'workflow-core W39', 'workflow-core W40'],
  }),
  alone('06', 'commands', {
    title: 'commands are scheduled, re-armed and processed as the model does it',
    clause: 11,
    share: 0.4,
    bugs: ['workflow-core W9', 'workflow-core#1003', 'durabletask-go PR#140'],
  }),
  alone('07', 'snapshots', {
    title: 'snapshots answer every sequence of calls as the model does',
    clause: 3,
    share: 0.4,
    bugs: ['langgraph#8796', 'langgraphjs#1591'],
  }),
  alone('08', 'claims', {
    title: 'claims on the tasks of snapshots answer every sequence of calls as the model does',
    clause: 10,
    share: 0.4,
    with: 'snapshots',
    bugs: ['sayiir extend revives expired', 'sayiir PR#152', 'Conductor#576'],
  }),
  alone('09', 'errors', {
    title: 'errors answer every sequence of calls as the model does',
    clause: 13,
    share: 0.4,
    shared: true,
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
        share: 0.4,
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
        share: 0.25,
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
        share: 0.25,
        wanted: (_, used) => repeatsOf(used),
      }),
  }),
]

function methodsOf(used: readonly Family[]): readonly string[] {
  return used.flatMap(({ methods }) => methods)
}

/** Each kind of record goes away with some workflow, and an update opens subscriptions, or cannot. */
function cascadesOf({ repositories, atomicSubscriptions }: Setting): readonly string[] {
  if (!repositories.includes('workflows')) return []
  const kinds = CASCADE.filter((kind) => repositories.includes(kind === 'outputs' ? 'steps' : kind))
  const opening = atomicSubscriptions && repositories.includes('subscriptions')
  return [
    ...kinds.map(cascadeOf),
    ...(opening ? ['subscriptions in an update', 'subscriptions in an update CONFLICT'] : []),
  ]
}

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
