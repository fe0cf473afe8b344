import type { JsonObject } from '../../src/index.ts'
import { found, type System } from './system.ts'

// https://github.com/animatlabs/workflow-forge, WorkflowExecutionSnapshot. Its own operations run in order, so that what
// is ready is the operation at NextOperationIndex.

interface WorkflowExecutionSnapshot {
  FoundryExecutionId: string
  WorkflowId: string
  WorkflowName: string
  NextOperationIndex: number
  Properties: JsonObject
}

const key = {
  instanceId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  workflowId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
}

export const workflowForge: System<WorkflowExecutionSnapshot> = {
  name: 'WorkflowForge',

  record: {
    FoundryExecutionId: key.instanceId,
    WorkflowId: key.workflowId,
    WorkflowName: 'ProcessOrder-v1',
    NextOperationIndex: 3,
    Properties: {
      'Order.Id': '123',
      Approved: 'true',
      Total: 42.5,
      PaidAt: '2026-01-15T12:00:00Z',
      Coupon: null,
    },
  },

  async save({ snapshots }, record) {
    await snapshots.save({
      instanceId: record.FoundryExecutionId,
      workflowId: record.WorkflowId,
      status: 'running',
      definitionHash: '',
      state: { nextOperationIndex: record.NextOperationIndex, properties: record.Properties },
      metadata: { workflowName: record.WorkflowName },
      readyTasks: [{ taskId: `operation-${record.NextOperationIndex}` }],
      version: 0,
    })
  },

  async load({ snapshots }) {
    const snapshot = found(await snapshots.load(key))
    const { nextOperationIndex, properties } = snapshot.state as {
      nextOperationIndex: number
      properties: JsonObject
    }
    return {
      FoundryExecutionId: snapshot.instanceId,
      WorkflowId: snapshot.workflowId,
      WorkflowName: snapshot.metadata?.workflowName as string,
      NextOperationIndex: nextOperationIndex,
      Properties: properties,
    }
  },
}
