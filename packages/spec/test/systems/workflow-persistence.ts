import type { JsonObject, JsonValue } from '../../src/index.ts'
import { found, type System } from './system.ts'

// https://github.com/sayiir/sayiir, workflow-persistence. Bytes are base64 in JSON; its clocks count seconds.

interface Records {
  snapshot: {
    instance_id: string
    definition_hash: string
    state: JsonObject
    created_at: number
    initial_input: Uint8Array
    task_deadline: JsonObject
    task_retries: JsonObject
    loop_iterations: JsonObject
    trace_parent: string
  }
  available: {
    instance_id: string
    task_id: string
    input: Uint8Array
    workflow_definition_hash: string
    task_priority: number
    task_tags: readonly string[]
  }
  claim: {
    instance_id: string
    task_id: string
    worker_id: string
    claimed_at: number
    expires_at: number
  }
  result: { task_id: string; output: Uint8Array }
}

/** The table runs at this instant. */
export const CLAIMED_AT = 1_768_478_400

const instanceId = 'instance-123'
const taskId = 'charge:card'

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function fromBase64(text: JsonValue | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(text as string, 'base64'))
}

export const workflowPersistence: System<Records> = {
  name: 'workflow-persistence',

  record: {
    snapshot: {
      instance_id: instanceId,
      definition_hash: 'sha256:9f86d081884c7d65',
      state: {
        InProgress: {
          position: { AtFork: { branches: ['charge:card', 'reserve'], wake_at: null } },
          completed_tasks: { validate: { output: 'AQID' } },
          last_completed_task_id: 'validate',
        },
      },
      created_at: CLAIMED_AT - 60,
      initial_input: new Uint8Array([0, 255, 128, 10]),
      task_deadline: { task_id: taskId, deadline: 1_768_478_460, timeout_ms: 60_000 },
      task_retries: {
        attempts: 1,
        last_error: 'declined',
        last_failed_worker: 'w-0',
        next_retry_at: null,
      },
      loop_iterations: { retry: 2 },
      trace_parent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
    available: {
      instance_id: instanceId,
      task_id: taskId,
      input: new Uint8Array([1, 2, 3]),
      workflow_definition_hash: 'sha256:9f86d081884c7d65',
      task_priority: 3,
      task_tags: ['gpu', 'eu-west'],
    },
    claim: {
      instance_id: instanceId,
      task_id: taskId,
      worker_id: 'w-1',
      claimed_at: CLAIMED_AT,
      expires_at: CLAIMED_AT + 300,
    },
    result: { task_id: 'validate', output: new Uint8Array([1, 2, 3]) },
  },

  async save({ snapshots, claims, steps }, { snapshot, available, claim, result }) {
    const { instance_id, definition_hash, state, created_at, initial_input, ...metadata } = snapshot
    const key = { instanceId: instance_id, workflowId: instance_id }
    await snapshots.save({
      ...key,
      status: 'running',
      definitionHash: definition_hash,
      state,
      metadata: { ...metadata, initial_input: toBase64(initial_input) },
      readyTasks: [
        {
          taskId: available.task_id,
          input: toBase64(available.input),
          priority: available.task_priority,
          tags: available.task_tags,
        },
      ],
      createdAt: created_at * 1000,
      version: 0,
    })
    await steps.saveOutput({
      workflowId: instance_id,
      stepId: result.task_id,
      output: toBase64(result.output),
    })
    const ttl = (claim.expires_at - claim.claimed_at) * 1000
    await claims.claim(
      { ...key, taskId: claim.task_id, workerId: claim.worker_id, ttl },
      { requestId: 'the-claim' },
    )
  },

  async load({ snapshots, claims, steps }) {
    const key = { instanceId, workflowId: instanceId }
    const snapshot = found(await snapshots.load(key))
    const { initial_input, ...metadata } = snapshot.metadata as JsonObject
    const [task] = snapshot.readyTasks
    const ttl = 300_000
    const output = found(await steps.loadOutput({ workflowId: instanceId, stepId: 'validate' }))
    const blocked = await claims.claim({ ...key, taskId, workerId: 'w-1', ttl })
    if (blocked !== null) throw new Error('The stored claim does not hold')
    return {
      snapshot: {
        instance_id: snapshot.instanceId,
        definition_hash: snapshot.definitionHash,
        state: snapshot.state as JsonObject,
        created_at: snapshot.createdAt / 1000,
        initial_input: fromBase64(initial_input),
        ...(metadata as Pick<
          Records['snapshot'],
          'task_deadline' | 'task_retries' | 'loop_iterations' | 'trace_parent'
        >),
      },
      available: {
        instance_id: snapshot.instanceId,
        task_id: found(task).taskId,
        input: fromBase64(found(task).input),
        workflow_definition_hash: snapshot.definitionHash,
        task_priority: found(task).priority,
        task_tags: found(task).tags,
      },
      claim: await readClaim(),
      result: { task_id: output.stepId, output: fromBase64(output.output) },
    }

    /** The stored claim, as the same worker's repeated request reads it. */
    async function readClaim(): Promise<Records['claim']> {
      const stored = found(
        await claims.claim({ ...key, taskId, workerId: 'w-1', ttl }, { requestId: 'the-claim' }),
      )
      return {
        instance_id: stored.instanceId,
        task_id: stored.taskId,
        worker_id: stored.workerId,
        claimed_at: stored.claimedAt / 1000,
        expires_at: found(stored.expiresAt) / 1000,
      }
    }
  },
}
