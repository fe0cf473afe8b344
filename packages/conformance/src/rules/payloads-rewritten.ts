import fc from 'fast-check'
import type { JsonValue, PersistenceProvider } from '@holdfast/spec'
import { equal } from '../expect.ts'
import { aPointer, aSnapshot, aStep, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { jsonArbitrary } from '../values.ts'
import { mainPorts, portsOf } from './ports.ts'

/** Decision 13: payloads that are stored over others, or over themselves. */
export const payloadsRewritten: readonly Rule[] = [
  rule('DATA-12', {
    title: 'a payload that replaces another comes back, whatever the two are',
    clause: 13,
    needs: [],
    bugs: ['mastra PR#12575', 'workflow-core W6', 'Gorkflow 0e43951'],
    async check(store, trial) {
      const pair = fc.tuple(jsonArbitrary, jsonArbitrary)
      await trial.forAll(
        pair,
        async ([before, after]) => replace(store, trial.id(), before, after),
        { share: 0.25 },
      )
    },
  }),

  rule('DATA-13', {
    title: 'to load and to save again changes nothing, however often',
    clause: 13,
    needs: [],
    bugs: [
      'workflow-core #1270',
      'workflow-core #201',
      'mastra PR#18004',
      'Gorkflow: Error() as text',
    ],
    async check(store, trial) {
      await trial.forAll(jsonArbitrary, async (value) => reload(store, trial.id(), value), {
        share: 0.15,
      })
    },
  }),

  rule('DATA-21', {
    title: 'a member whose name is written with an escape keeps it, whatever was read before',
    clause: 13,
    needs: [],
    bugs: ['nodejs/node#63785: JSON.parse gives the name that an earlier object has there'],
    async check(store, trial) {
      for (const { name, write, read } of portsOf(store, mainPorts)) {
        for (const earlier of ESCAPED_NAMES) {
          for (const later of ESCAPED_NAMES) {
            for (const member of [earlier, later]) {
              const id = trial.id()
              const value = { before: 0, [member]: 0 }
              await write(store, id, value)
              equal((await read(store, id))?.value, value, `${name} with an escaped name`)
            }
            trial.count('pairs')
          }
        }
      }
    },
  }),
]

/** One unit each, of which JSON makes two or six. */
const ESCAPED_NAMES: readonly string[] = ['\\', '"', '\t', '\u0001']

async function replace(
  store: PersistenceProvider,
  id: string,
  before: JsonValue,
  after: JsonValue,
): Promise<void> {
  const { workflows, steps, state, snapshots } = store
  if (workflows) {
    const created = await workflows.create(aWorkflow({ id, data: before, output: before }))
    await workflows.update({ ...created, data: after, output: after })
    const found = await workflows.get(id)
    equal(found?.data, after, 'data of a workflow that was updated')
    equal(found?.output, after, 'output of a workflow that was updated')
  }
  if (steps) {
    const key = { workflowId: id, stepId: id }
    const created = await steps.create(aStep({ ...key, input: before }))
    await steps.update({ ...created, input: after })
    equal((await steps.get(key))?.input, after, 'the input of a step that was updated')
    await steps.saveOutput({ ...key, output: before })
    await steps.saveOutput({ ...key, output: after })
    equal((await steps.loadOutput(key))?.output, after, 'an output that was saved over another')
  }
  if (state) {
    const key = { workflowId: id, key: id }
    await state.set({ ...key, value: before })
    await state.set({ ...key, value: after })
    equal((await state.get(key))?.value, after, 'a value that was set over another')
  }
  if (snapshots) {
    const key = { instanceId: id, workflowId: id }
    const saved = await snapshots.save(aSnapshot({ ...key, state: before }))
    await snapshots.save({ ...saved, state: after })
    equal((await snapshots.load(key))?.state, after, 'the state of a snapshot that was saved again')
  }
}

async function reload(store: PersistenceProvider, id: string, value: JsonValue): Promise<void> {
  const { workflows, steps, snapshots } = store
  const details = { message: 'Error: it broke', details: value }
  if (workflows) {
    const scope = ['3', '2', '1']
    const pointers = [aPointer({ scope, children: scope, persistenceData: value, outcome: value })]
    await workflows.create(
      aWorkflow({ id, data: value, error: details, tags: { a: '' }, pointers }),
    )
    await unchanged('a workflow', async () => workflows.get(id), workflows.update)
  }
  if (steps) {
    const key = { workflowId: id, stepId: id }
    await steps.create(aStep({ ...key, input: value, output: value, error: details }))
    await unchanged('a step', async () => steps.get(key), steps.update)
  }
  if (snapshots) {
    const key = { instanceId: id, workflowId: id }
    const readyTasks = [{ taskId: 'b', input: value, tags: ['b', 'a'] }, { taskId: 'a' }]
    await snapshots.save(aSnapshot({ ...key, state: value, metadata: { value }, readyTasks }))
    await unchanged('a snapshot', async () => snapshots.load(key), snapshots.save)
  }
}

async function unchanged<T extends { readonly version: number; readonly updatedAt: number }>(
  what: string,
  load: () => Promise<T | null>,
  save: (record: T) => Promise<unknown>,
): Promise<void> {
  const first = await load()
  for (const times of ['once', 'twice']) {
    const loaded = await load()
    if (loaded) await save(loaded)
    const again = await load()
    const { version, updatedAt } = again ?? { version: 0, updatedAt: 0 }
    equal(again, first && { ...first, version, updatedAt }, `${what} that was saved again ${times}`)
  }
}
