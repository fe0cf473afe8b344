import type { Document } from 'mongodb'
import { join, ownedBy } from '../src/keys.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, type Server } from './support.ts'

const BATCH = 10_000

/** What tells one of many documents of a collection from the others. */
const KINDS: Readonly<Record<string, (ns: string, i: number) => Document>> = {
  workflows: (ns, i) => ({ _id: join(ns, `w${i}`), createdAt: i, nextExecution: i, due: i }),
  steps: (ns, i) => ({ _id: join(ns, 'w', `x${i}`), executionIndex: i }),
  events: (ns, i) => ({ _id: join(ns, `e${i}`), eventTime: i, arrival: i }),
  subscriptions: (ns, i) => ({ _id: join(ns, `s${i}`), subscribeAsOf: i }),
  commands: (ns, i) => ({ _id: join(ns, `c${i}`), executeAt: i }),
  snapshots: (ns, i) => ({ _id: join(ns, `i${i}`, 'w') }),
  tasks: (ns, i) => ({ _id: join(ns, `i${i}`, 'w', 'task-1'), readyAt: i }),
  errors: (ns, i) => ({ _id: join(ns, `x${i}`), errorTime: i, arrival: i }),
}

/** Stores one record of each kind, and this many like it: whatever is asked for, all of them are found. */
export async function fill(
  { database }: Server,
  store: Store,
  ns: string,
  rows: number,
): Promise<void> {
  await one(store)
  for (const [name, changed] of Object.entries(KINDS)) {
    const collection = database.collection(`holdfast.${name}`)
    const first = await collection.findOne({ _id: ownedBy(ns) } as object)
    if (first === null) throw new Error(`There is nothing in ${name}`)
    for (let from = 1; from <= rows; from += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, rows) }, (_, index) => from + index)
      const made = numbers.map((i) => ({ ...first, ...changed(ns, i) }))
      await collection.insertMany(made, { ordered: false })
    }
  }
}

async function one(store: Store): Promise<void> {
  const topic = { eventName: 'n', eventKey: 'k' }
  const { id: workflowId } = await store.workflows.create(
    aWorkflow({ id: 'w', createdAt: 0, definitionId: 'd', reference: 'r', resourceId: 'x' }),
  )
  await store.steps.create({
    ...{ workflowId, stepId: 's', executionIndex: 0, status: 'running', attempt: 0 },
  })
  await store.events.create({ ...topic, eventTime: 0 })
  await store.subscriptions.create({
    ...{ ...topic, workflowId, stepId: 's', executionPointerId: 'p', subscribeAsOf: 0 },
  })
  await store.commands.schedule({ name: 'n', data: '', executeAt: 0 })
  await store.snapshots.save(aSnapshot({ instanceId: 'i', workflowId: 'w' }))
  await store.errors.append([{ workflowId, errorTime: 0, message: 'm' }])
}
