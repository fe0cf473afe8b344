import type { JsonObject, JsonValue, StepStatus, WorkflowStatus } from '../../src/index.ts'
import { found, toIso, toMs, type System } from './system.ts'

// https://github.com/sicko7947/gorkflow, models.go. Raw messages are JSON; state values are bytes, here base64.

const runStatuses = {
  PENDING: 'pending',
  RUNNING: 'runnable',
  COMPLETED: 'complete',
  FAILED: 'failed',
  CANCELLED: 'terminated',
} as const satisfies Record<string, WorkflowStatus>

const stepStatuses = {
  PENDING: 'pending',
  RUNNING: 'running',
  COMPLETED: 'complete',
  FAILED: 'failed',
  SKIPPED: 'skipped',
  RETRYING: 'retrying',
} as const satisfies Record<string, StepStatus>

interface Records {
  run: {
    RunID: string
    WorkflowID: string
    WorkflowVersion: string
    Status: keyof typeof runStatuses
    Progress: number
    CreatedAt: string
    UpdatedAt: string
    StartedAt: string
    CompletedAt: string
    Input: JsonValue
    Output: JsonValue
    Context: JsonValue
    Error: { Message: string; Code: string; Step: string; Timestamp: string; Details: JsonObject }
    ResourceID: string
    Tags: Readonly<Record<string, string>>
  }
  step: {
    RunID: string
    StepID: string
    ExecutionIndex: number
    Status: keyof typeof stepStatuses
    StartedAt: string
    CompletedAt: string
    DurationMs: number
    Input: JsonValue
    Output: JsonValue
    Error: {
      Message: string
      Code: string
      Timestamp: string
      Attempt: number
      Details: JsonObject
    }
    Attempt: number
    CreatedAt: string
    UpdatedAt: string
  }
  output: JsonValue
  state: { RunID: string; Data: Readonly<Record<string, Uint8Array>> }
}

function keyOf<K extends string, V>(map: Readonly<Record<K, V>>, value: V): K {
  return found((Object.keys(map) as K[]).find((key) => map[key] === value))
}

const workflowId = 'run_01HZX'
const stepId = 'enrich'

export const gorkflow: System<Records> = {
  name: 'Gorkflow',

  record: {
    run: {
      RunID: workflowId,
      WorkflowID: 'lead-scoring',
      WorkflowVersion: '1.4.0-rc.1',
      Status: 'FAILED',
      Progress: 0.625,
      CreatedAt: '2026-01-15T11:00:00.000Z',
      UpdatedAt: '2026-01-15T11:59:59.999Z',
      StartedAt: '2026-01-15T11:00:01.000Z',
      CompletedAt: '2026-01-15T11:59:59.998Z',
      Input: { lead: 17, tags: [] },
      Output: { score: null },
      Context: { tenant: 'acme' },
      Error: {
        Message: 'enrich failed',
        Code: 'E_TIMEOUT',
        Step: stepId,
        Timestamp: '2026-01-15T11:59:59.000Z',
        Details: { upstream: 'crm', ms: 30_000 },
      },
      ResourceID: 'lead/17',
      Tags: { team: 'growth', empty: '', __proto__x: 'y' },
    },
    step: {
      RunID: workflowId,
      StepID: stepId,
      ExecutionIndex: 2,
      Status: 'RETRYING',
      StartedAt: '2026-01-15T11:10:00.000Z',
      CompletedAt: '2026-01-15T11:10:30.000Z',
      DurationMs: 30_000,
      Input: { lead: 17 },
      Output: { partial: true },
      Error: {
        Message: 'timeout',
        Code: 'E_TIMEOUT',
        Timestamp: '2026-01-15T11:10:30.000Z',
        Attempt: 2,
        Details: { url: 'https://crm.example/leads?id=17' },
      },
      Attempt: 2,
      CreatedAt: '2026-01-15T11:09:59.000Z',
      UpdatedAt: '2026-01-15T11:10:30.001Z',
    },
    output: { score: 0.1, raw: '\u0000' },
    state: {
      RunID: workflowId,
      Data: { cursor: new Uint8Array([0, 1, 255]), empty: new Uint8Array() },
    },
  },

  async save({ workflows, steps, state }, { run, step, output, state: stored }) {
    await workflows.create({
      id: run.RunID,
      definitionId: run.WorkflowID,
      definitionVersion: run.WorkflowVersion,
      status: runStatuses[run.Status],
      nextExecution: null,
      pointers: [],
      progress: run.Progress,
      createdAt: toMs(run.CreatedAt),
      updatedAt: toMs(run.UpdatedAt),
      startedAt: toMs(run.StartedAt),
      completedAt: toMs(run.CompletedAt),
      input: run.Input,
      output: run.Output,
      context: run.Context,
      error: {
        message: run.Error.Message,
        code: run.Error.Code,
        step: run.Error.Step,
        timestamp: toMs(run.Error.Timestamp),
        details: run.Error.Details,
      },
      resourceId: run.ResourceID,
      tags: run.Tags,
    })
    await steps.create({
      workflowId: step.RunID,
      stepId: step.StepID,
      executionIndex: step.ExecutionIndex,
      status: stepStatuses[step.Status],
      startedAt: toMs(step.StartedAt),
      completedAt: toMs(step.CompletedAt),
      durationMs: step.DurationMs,
      input: step.Input,
      output: step.Output,
      error: {
        message: step.Error.Message,
        code: step.Error.Code,
        timestamp: toMs(step.Error.Timestamp),
        attempt: step.Error.Attempt,
        details: step.Error.Details,
      },
      attempt: step.Attempt,
      createdAt: toMs(step.CreatedAt),
      updatedAt: toMs(step.UpdatedAt),
    })
    await steps.saveOutput({ workflowId: step.RunID, stepId: step.StepID, output })
    for (const [key, bytes] of Object.entries(stored.Data)) {
      await state.set({
        workflowId: stored.RunID,
        key,
        value: Buffer.from(bytes).toString('base64'),
      })
    }
  },

  async load({ workflows, steps, state }) {
    const run = found(await workflows.get(workflowId))
    const step = found(await steps.get({ workflowId, stepId }))
    const entries = await state.getAll(workflowId)
    const runError = found(run.error)
    const stepError = found(step.error)
    return {
      run: {
        RunID: run.id,
        WorkflowID: run.definitionId,
        WorkflowVersion: found(run.definitionVersion),
        Status: keyOf(runStatuses, run.status as (typeof runStatuses)[keyof typeof runStatuses]),
        Progress: found(run.progress),
        CreatedAt: toIso(run.createdAt),
        UpdatedAt: toIso(run.updatedAt),
        StartedAt: toIso(found(run.startedAt)),
        CompletedAt: toIso(found(run.completedAt)),
        Input: run.input ?? null,
        Output: run.output ?? null,
        Context: run.context ?? null,
        Error: {
          Message: runError.message,
          Code: found(runError.code),
          Step: found(runError.step),
          Timestamp: toIso(found(runError.timestamp)),
          Details: runError.details as JsonObject,
        },
        ResourceID: found(run.resourceId),
        Tags: found(run.tags),
      },
      step: {
        RunID: step.workflowId,
        StepID: step.stepId,
        ExecutionIndex: step.executionIndex,
        Status: keyOf(stepStatuses, step.status),
        StartedAt: toIso(found(step.startedAt)),
        CompletedAt: toIso(found(step.completedAt)),
        DurationMs: found(step.durationMs),
        Input: step.input ?? null,
        Output: step.output ?? null,
        Error: {
          Message: stepError.message,
          Code: found(stepError.code),
          Timestamp: toIso(found(stepError.timestamp)),
          Attempt: found(stepError.attempt),
          Details: stepError.details as JsonObject,
        },
        Attempt: step.attempt,
        CreatedAt: toIso(step.createdAt),
        UpdatedAt: toIso(step.updatedAt),
      },
      output: found(await steps.loadOutput({ workflowId, stepId })).output,
      state: {
        RunID: workflowId,
        Data: Object.fromEntries(
          entries.map(({ key, value }) => [
            key,
            new Uint8Array(Buffer.from(value as string, 'base64')),
          ]),
        ),
      },
    }
  },
}
