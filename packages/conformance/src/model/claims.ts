import type {
  AvailableTask,
  ClaimedTask,
  ClaimRequest,
  NextClaimRequest,
  TaskClaim,
  TaskKey,
} from '@holdfast/spec'
import { inOrder, replaced, type Model, type ModelSnapshot } from './model.ts'

/** Gives the fencing token that the store made, for a task whose highest token is `above`. */
export type TokenOf = (above: number) => number

export function availableTasks(
  model: Model,
  tags: readonly string[] | undefined,
  now: number,
): readonly AvailableTask[] {
  const found = model.snapshots
    .flatMap(tasksOf)
    .filter((task) => !holderOf(model, task, now))
    .filter((task) => tags === undefined || task.tags.every((tag) => tags.includes(tag)))
  return inOrder(found, ({ priority, readyAt, instanceId, workflowId, taskId }) => [
    priority,
    readyAt,
    instanceId,
    workflowId,
    taskId,
  ])
}

export function claimTask(
  model: Model,
  request: ClaimRequest,
  tokenOf: TokenOf,
  now: number,
): TaskClaim | null {
  const available = availableTasks(model, undefined, now).some((task) => isSame(task, request))
  return available ? take(model, request, request.workerId, request.ttl, tokenOf, now) : null
}

export function claimNext(
  model: Model,
  { workerId, ttl, tags }: NextClaimRequest,
  tokenOf: TokenOf,
  now: number,
): ClaimedTask | null {
  const [task] = availableTasks(model, tags, now)
  return task ? { claim: take(model, task, workerId, ttl, tokenOf, now), task } : null
}

export function extendClaim(
  model: Model,
  claim: TaskClaim,
  ttl: number | null,
  now: number,
): TaskClaim | null {
  const held = holderOf(model, claim, now)
  if (!held || !holds(model, claim, now)) return null
  const extended = { ...held, expiresAt: expiryOf(ttl, now) }
  model.claims = replaced(model.claims, held, extended)
  return extended
}

export function releaseClaim(model: Model, claim: TaskClaim, now: number): boolean {
  if (!holds(model, claim, now)) return false
  model.claims = model.claims.filter((other) => !isSame(other, claim))
  return true
}

/** Whether this claim is the one that holds its task. */
export function holds(model: Model, claim: TaskClaim, now: number): boolean {
  const held = holderOf(model, claim, now)
  return held?.token === claim.token && held.workerId === claim.workerId
}

function holderOf(model: Model, key: TaskKey, now: number): TaskClaim | undefined {
  return model.claims.find(
    (claim) => isSame(claim, key) && (claim.expiresAt === null || claim.expiresAt > now),
  )
}

/** The last claim of a task: who has it, or had it until it expired. */
export function lastClaim(model: Model, key: TaskKey): TaskClaim | undefined {
  return model.claims.find((claim) => isSame(claim, key))
}

function take(
  model: Model,
  { instanceId, workflowId, taskId }: TaskKey,
  workerId: string,
  ttl: number | null,
  tokenOf: TokenOf,
  now: number,
): TaskClaim {
  const key = JSON.stringify([instanceId, workflowId, taskId])
  const token = tokenOf(model.tokens.get(key) ?? 0)
  const claim = {
    instanceId,
    workflowId,
    taskId,
    workerId,
    token,
    claimedAt: now,
    expiresAt: expiryOf(ttl, now),
  }
  model.claims = [...model.claims.filter((other) => !isSame(other, claim)), claim]
  model.tokens = new Map([...model.tokens, [key, token]])
  return claim
}

function tasksOf({ content, readyAt }: ModelSnapshot): readonly AvailableTask[] {
  const { instanceId, workflowId, definitionHash } = content
  return content.readyTasks.flatMap((task) => {
    const since = readyAt.get(task.taskId)
    return since === undefined
      ? []
      : [{ instanceId, workflowId, definitionHash, ...task, readyAt: since }]
  })
}

function expiryOf(ttl: number | null, now: number): number | null {
  return ttl === null ? null : now + ttl
}

function isSame(a: TaskKey, b: TaskKey): boolean {
  return a.instanceId === b.instanceId && a.workflowId === b.workflowId && a.taskId === b.taskId
}
