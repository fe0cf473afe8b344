import type { JsonObject } from '../../src/index.ts'
import { found, type System } from './system.ts'

// https://github.com/pbarker/flow-orchestrator, pkg/workflow WorkflowData, with a signal of its mailbox and a claim.
// Nanosecond waits go through as decimal text: they are above 2^53.

interface WorkflowData {
  id: string
  data: JsonObject
  nodeStatuses: Readonly<Record<string, string>>
  outputs: JsonObject
  waits: Readonly<Record<string, { fireAt: bigint }>>
  rollingBack: boolean
  triggerCause: string
  signal: { ID: string; Name: string; Payload: JsonObject }
}

const id = 'order-processing'

export const flowOrchestrator: System<WorkflowData> = {
  name: 'Flow Orchestrator',

  record: {
    id,
    data: { customer: 'ann', attempts: 2, big: 9_007_199_254_740_991, '../traversal': false },
    nodeStatuses: { validate: 'completed', charge: 'waiting', ship: 'pending' },
    outputs: { validate: { ok: true, warnings: [] } },
    waits: { charge: { fireAt: 1_768_478_400_000_000_001n } },
    rollingBack: true,
    triggerCause: 'charge failed: card declined',
    signal: { ID: 'sig-1', Name: 'card-updated', Payload: { last4: '4242' } },
  },

  async save({ snapshots, events, state }, record) {
    const waits = Object.entries(record.waits).map(
      ([node, { fireAt }]) => [node, String(fireAt)] as const,
    )
    await snapshots.save({
      instanceId: record.id,
      workflowId: record.id,
      status: 'running',
      definitionHash: '',
      state: {
        nodeStatuses: record.nodeStatuses,
        outputs: record.outputs,
        waits: Object.fromEntries(waits),
        rollingBack: record.rollingBack,
        triggerCause: record.triggerCause,
      },
      readyTasks: [],
      version: 0,
    })
    for (const [key, value] of Object.entries(record.data))
      await state.set({ workflowId: record.id, key, value })
    const { ID, Name, Payload } = record.signal
    await events.create({
      id: ID,
      eventName: Name,
      eventKey: record.id,
      data: Payload,
      eventTime: 0,
    })
  },

  async load({ snapshots, events, state }) {
    const snapshot = found(await snapshots.load({ instanceId: id, workflowId: id }))
    const { waits, ...rest } = snapshot.state as unknown as Pick<
      WorkflowData,
      'nodeStatuses' | 'outputs' | 'rollingBack' | 'triggerCause'
    > & { waits: Readonly<Record<string, string>> }
    const data = await state.getAll(id)
    const event = found(await events.get('sig-1'))
    return {
      id: snapshot.instanceId,
      data: Object.fromEntries(data.map(({ key, value }) => [key, value])),
      ...rest,
      waits: Object.fromEntries(
        Object.entries(waits).map(([node, fireAt]) => [node, { fireAt: BigInt(fireAt) }]),
      ),
      signal: { ID: event.id, Name: event.eventName, Payload: event.data as JsonObject },
    }
  },
}
