import type { PersistenceProvider } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal } from '../expect.ts'
import {
  aCommand,
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { callWithArguments, type Give } from './arguments.ts'
import { lookThenWrite } from './looks.ts'

/** Something of every depth, so that a shallow copy shows. */
const nested = { list: [1, { deep: [true] }], map: { a: { b: 'c' } } }

/** Decision 1: arguments stay the caller's, and so do results. */
export const copies: readonly Rule[] = [
  rule('ID-10', {
    title: 'no method changes its arguments, and frozen ones will do',
    clause: 1,
    needs: [],
    bugs: [
      'workflow-es: persistWorkflow deletes ids of the caller',
      'Gorkflow Dynamo: sets UpdatedAt on the argument',
      'workflow-core PR#1418: locks the list of the caller',
    ],
    async check(store, trial) {
      for (const freeze of [false, true]) {
        const given: { method: string; argument: unknown; before: unknown }[] = []
        const give: Give = (method, argument) => {
          given.push({ method, argument, before: copyOf(argument) })
          if (freeze) deepFreeze(argument)
          return argument
        }
        await callWithArguments(store, trial, give)
        for (const { method, argument, before } of given) {
          equal(argument, before, `${method} leaves its argument as it was`)
        }
      }
    },
  }),

  rule('ID-11', {
    title: 'changing an argument or a result afterwards changes nothing in the store',
    clause: 1,
    needs: [],
    bugs: [
      'workflow-core W1: live references',
      'WorkflowForge: properties are copied shallowly',
      'Gorkflow 0d7a3a8',
    ],
    async check(store, trial) {
      await scribbleOnWorkflows(store, trial)
      await scribbleOnParts(store, trial)
    },
  }),

  rule('ID-12', {
    title: 'a result does not change when the store does',
    clause: 1,
    needs: [],
    bugs: ['workflow-core W2: a lazy IEnumerable changes after it was returned'],
    async check(store, trial) {
      const seen: { method: string; result: unknown; before: unknown }[] = []
      await lookThenWrite(store, trial, (method, result) => {
        seen.push({ method, result, before: copyOf(result) })
      })
      for (const { method, result, before } of seen) {
        equal(result, before, `what ${method} returned is as it was before the later writes`)
      }
    },
  }),
]

async function scribbleOnWorkflows(
  { workflows }: PersistenceProvider,
  trial: Trial,
): Promise<void> {
  if (workflows === undefined) return
  const id = trial.id()
  const argument = structuredClone(
    aWorkflow({
      id,
      data: nested,
      tags: { a: 'b' },
      pointers: [aPointer({ persistenceData: nested, scope: ['a', 'b'] })],
    }),
  )
  const created = await workflows.create(argument)
  const read = async (): Promise<unknown> => workflows.get(id)
  await judge('workflows.create', copyOf(created), [argument, created], read)
  const current = await workflows.get(id)
  if (current === null) return
  const change = structuredClone({ ...current, data: [nested] })
  const updated = await workflows.update(change)
  await judge('workflows.update', copyOf(updated), [change, updated], read)
  const expected = await read()
  const reads: Record<string, () => Promise<unknown>> = {
    'workflows.get': read,
    'workflows.getMany': async () => workflows.getMany([id]),
    'workflows.list': async () => workflows.list(),
    'workflows.getRunnable': async () => workflows.getRunnable({ asOf: EPOCH }),
  }
  for (const [method, call] of Object.entries(reads)) {
    const before = copyOf(await call())
    await judge(method, copyOf(expected), [await call()], read)
    equal(await call(), before, `${method} returns a copy each time`)
  }
}

async function scribbleOnParts(store: PersistenceProvider, trial: Trial): Promise<void> {
  const { steps, state, events, subscriptions, commands, snapshots, errors } = store
  if (steps) {
    const step = structuredClone(aStep({ workflowId: trial.id(), input: nested }))
    const { workflowId, stepId } = step
    const created = await steps.create(step)
    await judge('steps.create', copyOf(created), [step, created], async () =>
      steps.get({ workflowId, stepId }),
    )
    const output = structuredClone({ workflowId, stepId, output: nested })
    const expected = copyOf(output)
    const load = async (): Promise<unknown> => steps.loadOutput({ workflowId, stepId })
    await steps.saveOutput(output)
    await judge('steps.saveOutput', expected, [output], load)
    await judge('steps.loadOutput', expected, [await load()], load)
  }
  if (state) {
    const entry = structuredClone({ workflowId: trial.id(), key: 'a', value: nested })
    const expected = copyOf(entry)
    const { workflowId, key } = entry
    const get = async (): Promise<unknown> => state.get({ workflowId, key })
    await state.set(entry)
    await judge('state.set', expected, [entry], get)
    await judge('state.get', expected, [await get(), await state.getAll(workflowId)], get)
  }
  if (events) {
    const event = structuredClone(anEvent({ id: trial.id(), data: nested }))
    const created = await events.create(event)
    const { id } = created
    const get = async (): Promise<unknown> => events.get(id)
    await judge('events.create', copyOf(created), [event, created], get)
    await judge('events.get', await get(), [await get()], get)
  }
  if (subscriptions) {
    const subscription = structuredClone(aSubscription({ id: trial.id(), data: nested }))
    const created = await subscriptions.create(subscription)
    const { id } = created
    const get = async (): Promise<unknown> => subscriptions.get(id)
    await judge('subscriptions.create', copyOf(created), [subscription, created], get)
    await judge('subscriptions.get', await get(), [await get()], get)
  }
  if (commands) {
    const command = structuredClone(aCommand({ name: trial.id() }))
    const scheduled = await commands.schedule(command)
    const list = async (): Promise<unknown> => (await commands.list()).items
    await judge('commands.schedule', [copyOf(scheduled)], [command, scheduled], list)
    await judge('commands.list', await list(), [await list()], list)
  }
  if (errors) {
    const error = structuredClone(anError({ workflowId: trial.id(), details: nested }))
    const { workflowId } = error
    await errors.append([error])
    const list = async (): Promise<unknown> => (await errors.list({ workflowId })).items
    await judge('errors.append', await list(), [error, await list()], list)
  }
  if (snapshots) {
    const readyTasks = [{ taskId: 'task-1', input: nested, tags: ['a'] }]
    const members = { instanceId: trial.id(), state: nested, metadata: nested, readyTasks }
    const snapshot = structuredClone(aSnapshot(members))
    const { instanceId, workflowId } = snapshot
    const saved = await snapshots.save(snapshot)
    const load = async (): Promise<unknown> => snapshots.load({ instanceId, workflowId })
    await judge('snapshots.save', copyOf(saved), [snapshot, saved], load)
    await judge('snapshots.load', await load(), [await load()], load)
  }
}

/** Scribbles on what a call took or gave. The store still says what it said. */
async function judge(
  method: string,
  expected: unknown,
  own: readonly unknown[],
  read: () => Promise<unknown>,
): Promise<void> {
  const before = copyOf(expected)
  for (const value of own) scribble(value)
  equal(await read(), before, `the store holds a copy of what ${method} took or gave`)
}

/** Writes over everything that can be written over. */
function scribble(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'object' && item !== null) scribble(item)
    else Reflect.set(value, key, 'scribbled')
  }
  Reflect.set(value, Array.isArray(value) ? String(value.length) : 'scribbled', 'scribbled')
}

/** By hand: a clone of what cannot be cloned would be an error of the kit. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]))
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  for (const item of Object.values(value)) deepFreeze(item)
}
