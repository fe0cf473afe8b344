import type {
  ExecutionPointer,
  JsonObject,
  JsonValue,
  PointerStatus,
  WorkflowStatus,
} from '../../src/index.ts'
import { found, toIso, toMs, type System } from './system.ts'

// https://github.com/danielgerlag/workflow-core, src/WorkflowCore/Models. Enums are numbers, instants are ISO text or
// .NET ticks (100 ns since year 1); the contract keeps milliseconds.

interface Pointer {
  Id: string
  StepId: number
  Active: boolean
  SleepUntil: string
  PersistenceData: JsonValue
  StartTime: string
  EndTime: string
  EventName: string
  EventKey: string
  EventPublished: boolean
  EventData: JsonValue
  ExtensionAttributes: JsonObject
  StepName: string
  RetryCount: number
  Children: readonly string[]
  ContextItem: JsonValue
  PredecessorId: string
  Outcome: JsonValue
  Status: number
  Scope: readonly string[]
}

interface Records {
  workflow: {
    Id: string
    WorkflowDefinitionId: string
    Version: number
    Description: string
    Reference: string
    ExecutionPointers: readonly Pointer[]
    NextExecution: bigint
    Status: number
    Data: JsonValue
    CreateTime: string
    CompleteTime: string
  }
  subscription: {
    Id: string
    WorkflowId: string
    StepId: number
    ExecutionPointerId: string
    EventName: string
    EventKey: string
    SubscribeAsOf: string
    SubscriptionData: JsonValue
    ExternalToken: string
    ExternalWorkerId: string
    ExternalTokenExpiry: string
  }
  event: {
    Id: string
    EventName: string
    EventKey: string
    EventData: JsonValue
    EventTime: string
    IsProcessed: boolean
  }
  command: { CommandName: string; Data: string; ExecuteTime: bigint }
  error: { ErrorTime: string; WorkflowId: string; ExecutionPointerId: string; Message: string }
}

const statuses: readonly WorkflowStatus[] = ['runnable', 'suspended', 'complete', 'terminated']

const pointerStatuses: readonly PointerStatus[] = [
  'legacy',
  'pending',
  'running',
  'complete',
  'sleeping',
  'waitingForEvent',
  'failed',
  'compensated',
  'cancelled',
  'pendingPredecessor',
]

const TICKS_AT_EPOCH = 621_355_968_000_000_000n

function toTicks(ms: number): bigint {
  return BigInt(ms) * 10_000n + TICKS_AT_EPOCH
}

function fromTicks(ticks: bigint): number {
  return Number((ticks - TICKS_AT_EPOCH) / 10_000n)
}

function toPointer(p: Pointer): ExecutionPointer {
  return {
    id: p.Id,
    stepId: String(p.StepId),
    stepName: p.StepName,
    active: p.Active,
    status: found(pointerStatuses[p.Status]),
    sleepUntil: toMs(p.SleepUntil),
    startTime: toMs(p.StartTime),
    endTime: toMs(p.EndTime),
    eventName: p.EventName,
    eventKey: p.EventKey,
    eventPublished: p.EventPublished,
    eventData: p.EventData,
    persistenceData: p.PersistenceData,
    extensionAttributes: p.ExtensionAttributes,
    retryCount: p.RetryCount,
    children: p.Children,
    contextItem: p.ContextItem,
    predecessorId: p.PredecessorId,
    outcome: p.Outcome,
    scope: p.Scope,
  }
}

function fromPointer(p: ExecutionPointer): Pointer {
  return {
    Id: p.id,
    StepId: Number(p.stepId),
    StepName: found(p.stepName),
    Active: p.active,
    Status: pointerStatuses.indexOf(p.status),
    SleepUntil: toIso(found(p.sleepUntil)),
    StartTime: toIso(found(p.startTime)),
    EndTime: toIso(found(p.endTime)),
    EventName: found(p.eventName),
    EventKey: found(p.eventKey),
    EventPublished: p.eventPublished,
    EventData: p.eventData ?? null,
    PersistenceData: p.persistenceData ?? null,
    ExtensionAttributes: found(p.extensionAttributes),
    RetryCount: p.retryCount,
    Children: p.children,
    ContextItem: p.contextItem ?? null,
    PredecessorId: found(p.predecessorId),
    Outcome: p.outcome ?? null,
    Scope: p.scope,
  }
}

const workflowId = '6f1c9f0e-6d4b-4a55-9a51-0d7c2f9b8e21'

export const workflowCore: System<Records> = {
  name: 'workflow-core',

  record: {
    workflow: {
      Id: workflowId,
      WorkflowDefinitionId: 'OrderFulfilment',
      Version: 7,
      Description: 'Order 4711; two parcels',
      Reference: 'order/4711',
      ExecutionPointers: [
        {
          Id: 'ep-1',
          StepId: 0,
          Active: false,
          SleepUntil: '2026-03-29T01:30:00.000Z',
          PersistenceData: { ChildrenActive: true },
          StartTime: '2026-03-29T00:59:59.999Z',
          EndTime: '2026-03-29T01:00:00.000Z',
          EventName: 'Payment;Received',
          EventKey: 'order-4711',
          EventPublished: true,
          EventData: { Amount: 19.9, Currency: 'EUR' },
          ExtensionAttributes: { 'x;y': [1, null, ''], trace: '00-4bf9' },
          StepName: 'Wait for payment',
          RetryCount: 3,
          Children: ['ep-2', 'with;semicolon', ''],
          ContextItem: { Index: 0 },
          PredecessorId: 'ep-0',
          Outcome: 'paid',
          Status: 3,
          Scope: ['4', '3', '2', '1'],
        },
      ],
      NextExecution: toTicks(Date.UTC(2026, 2, 29, 1, 30)),
      Status: 0,
      Data: { $type: 'Order', Lines: [{ Sku: 'A-1', Count: 2 }], Note: null },
      CreateTime: '2026-03-28T23:00:00.123Z',
      CompleteTime: '2026-03-30T08:15:00.000Z',
    },
    subscription: {
      Id: 'sub-1',
      WorkflowId: workflowId,
      StepId: 4,
      ExecutionPointerId: 'ep-2',
      EventName: 'WorkflowCore.Activity',
      EventKey: 'approve',
      SubscribeAsOf: '2026-03-28T23:00:01.000Z',
      SubscriptionData: { Approver: 'ann' },
      ExternalToken: 'eyJTdWJzY3JpcHRpb25JZCI6InN1Yi0xIn0=',
      ExternalWorkerId: 'host-1/42',
      ExternalTokenExpiry: '2026-03-28T23:05:01.000Z',
    },
    event: {
      Id: 'event-1',
      EventName: 'Payment;Received',
      EventKey: 'order-4711',
      EventData: { Amount: 19.9 },
      EventTime: '2026-03-28T23:30:00.000Z',
      IsProcessed: true,
    },
    command: {
      CommandName: 'ProcessWorkflow',
      Data: workflowId,
      ExecuteTime: toTicks(Date.UTC(2026, 2, 29, 1, 30)),
    },
    error: {
      ErrorTime: '2026-03-29T01:00:00.001Z',
      WorkflowId: workflowId,
      ExecutionPointerId: 'ep-1',
      Message: 'Payment provider timed out',
    },
  },

  async save(
    { workflows, subscriptions, events, commands, errors },
    { workflow, subscription, event, command, error },
  ) {
    await workflows.create({
      id: workflow.Id,
      definitionId: workflow.WorkflowDefinitionId,
      definitionVersion: String(workflow.Version),
      description: workflow.Description,
      reference: workflow.Reference,
      pointers: workflow.ExecutionPointers.map(toPointer),
      nextExecution: fromTicks(workflow.NextExecution),
      status: found(statuses[workflow.Status]),
      data: workflow.Data,
      createdAt: toMs(workflow.CreateTime),
      completedAt: toMs(workflow.CompleteTime),
    })
    await subscriptions.create({
      id: subscription.Id,
      workflowId: subscription.WorkflowId,
      stepId: String(subscription.StepId),
      executionPointerId: subscription.ExecutionPointerId,
      eventName: subscription.EventName,
      eventKey: subscription.EventKey,
      subscribeAsOf: toMs(subscription.SubscribeAsOf),
      data: subscription.SubscriptionData,
      token: subscription.ExternalToken,
      workerId: subscription.ExternalWorkerId,
      tokenExpiry: toMs(subscription.ExternalTokenExpiry),
    })
    await events.create({
      id: event.Id,
      eventName: event.EventName,
      eventKey: event.EventKey,
      data: event.EventData,
      eventTime: toMs(event.EventTime),
      processed: event.IsProcessed,
    })
    await commands.schedule({
      name: command.CommandName,
      data: command.Data,
      executeAt: fromTicks(command.ExecuteTime),
    })
    await errors.append([
      {
        errorTime: toMs(error.ErrorTime),
        workflowId: error.WorkflowId,
        executionPointerId: error.ExecutionPointerId,
        message: error.Message,
      },
    ])
  },

  async load({ workflows, subscriptions, events, commands, errors }) {
    const workflow = found(await workflows.get(workflowId))
    const subscription = found(await subscriptions.get('sub-1'))
    const event = found(await events.get('event-1'))
    const command = found((await commands.list()).items[0])
    const error = found((await errors.list({ workflowId })).items[0])
    return {
      workflow: {
        Id: workflow.id,
        WorkflowDefinitionId: workflow.definitionId,
        Version: Number(workflow.definitionVersion),
        Description: found(workflow.description),
        Reference: found(workflow.reference),
        ExecutionPointers: workflow.pointers.map(fromPointer),
        NextExecution: toTicks(found(workflow.nextExecution)),
        Status: statuses.indexOf(workflow.status),
        Data: workflow.data ?? null,
        CreateTime: toIso(workflow.createdAt),
        CompleteTime: toIso(found(workflow.completedAt)),
      },
      subscription: {
        Id: subscription.id,
        WorkflowId: subscription.workflowId,
        StepId: Number(subscription.stepId),
        ExecutionPointerId: subscription.executionPointerId,
        EventName: subscription.eventName,
        EventKey: subscription.eventKey,
        SubscribeAsOf: toIso(subscription.subscribeAsOf),
        SubscriptionData: subscription.data ?? null,
        ExternalToken: found(subscription.token),
        ExternalWorkerId: found(subscription.workerId),
        ExternalTokenExpiry: toIso(found(subscription.tokenExpiry)),
      },
      event: {
        Id: event.id,
        EventName: event.eventName,
        EventKey: event.eventKey,
        EventData: event.data ?? null,
        EventTime: toIso(event.eventTime),
        IsProcessed: event.processed,
      },
      command: {
        CommandName: command.name,
        Data: command.data,
        ExecuteTime: toTicks(command.executeAt),
      },
      error: {
        ErrorTime: toIso(error.errorTime),
        WorkflowId: error.workflowId,
        ExecutionPointerId: found(error.executionPointerId),
        Message: error.message,
      },
    }
  },
}
