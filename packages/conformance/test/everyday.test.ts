import { createMemoryProvider } from '@holdfast/adapter-memory'
import { expect, it } from 'vitest'
import { aSnapshot, aWorkflow, everydayCalls, type Store } from '../src/index.ts'

const NOW = 1_000
const topic = { eventName: 'paid', eventKey: 'order-1' }

async function filled(): Promise<Store> {
  const store = createMemoryProvider({ clock: () => NOW }) as Store
  const waiting = { workflowId: 'w', stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 }
  await store.workflows.create(aWorkflow({ id: 'w', status: 'suspended' }))
  await store.steps.create({
    ...{ workflowId: 'w', stepId: 's', executionIndex: 0, status: 'running', attempt: 0 },
  })
  await store.state.set({ workflowId: 'w', key: 'k', value: 1 })
  await store.events.create({ ...topic, id: 'e', eventTime: 0 })
  await store.subscriptions.create({ ...topic, ...waiting })
  await store.commands.schedule({ name: 'n', data: '', executeAt: 0 })
  await store.snapshots.save(aSnapshot())
  await store.errors.append([{ workflowId: 'w', errorTime: 0, message: 'm' }])
  return store
}

const calls = everydayCalls({
  ...{ asOf: NOW, limit: 10, workflowId: 'w', updatedId: 'w', eventId: 'e', topic },
  snapshotStatus: 'running',
  lists: { 'by status': { status: 'suspended' } },
})

/** How many records of each kind there are. */
async function countsOf(store: Store): Promise<readonly number[]> {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, errors } = store
  const asOf = NOW
  const found = await Promise.all([
    workflows.list(),
    steps.list({ workflowId: 'w' }),
    events.getRunnable({ asOf }),
    subscriptions.find({ ...topic, asOf }),
    commands.list(),
    snapshots.list(),
    errors.list({ workflowId: 'w' }),
  ])
  return [...found.map(({ items }) => items.length), (await state.getAll('w')).length]
}

it.each(Object.entries(calls))('%s finds something, and leaves as much', async (name, call) => {
  const store = await filled()
  const before = await countsOf(store)
  expect(before).not.toContain(0)
  const answer = await call(store)
  expect(await countsOf(store)).toEqual(before)
  if (name.includes('list')) expect(answer).toMatchObject({ items: [expect.anything()] })
})

it('lists workflows in every way that was asked for', () => {
  expect(Object.keys(calls)).toContain('workflows.list by status')
})
