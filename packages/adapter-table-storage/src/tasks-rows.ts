import type { TaskClaim, TaskKey, TaskPlace } from '@holdfast/spec'
import { readTaskKey, tagChunks } from './codec-tasks.ts'
import { fields, numberOf, numberOrNull, textOf } from './codec.ts'
import { familyKey } from './family.ts'
import { endOf, keyOf, within, type Range } from './keys.ts'
import { NEVER } from './subscriptions-rows.ts'
import type { Change, Content, Row } from './table.ts'

// Beside its own row a task has one more while it is free, in the order in which tasks are taken, or while it is held, by
// when that ends. Its key also has the last token, so that it is another one after each claim: whoever takes or deletes
// the task fails when it was taken meanwhile, also when it was let go of again.

export function taskKey({ instanceId, workflowId, taskId }: TaskKey): string {
  return familyKey(instanceId, 'N', workflowId, taskId)
}

export function isTask({ content }: Row): boolean {
  return content.taskId !== undefined
}

export function freeRange(): Range {
  return within('T')
}

/** The end of the rows of a place; there is one. */
export function freePlaceKey(...place: TaskPlace): string {
  return endOf(keyOf('T', ...place))
}

export function placeOf({ content }: Pick<Row, 'content'>): TaskPlace {
  const { instanceId, workflowId, taskId } = readTaskKey(content)
  const order = [numberOf(content, 'priority'), numberOf(content, 'readyAt')] as const
  return [...order, instanceId, workflowId, taskId]
}

export function heldRange(): Range {
  return within('L')
}

/** Finds the task that a request took which did not name it. */
export function searchKey(requestId: string): string {
  return keyOf('J', requestId)
}

export function isReady(content: Content): boolean {
  return textOf(content, 'ready') === '1'
}

export function isHeld(content: Content, now: number): boolean {
  const expiresAt = numberOrNull(content, 'expiresAt')
  return textOf(content, 'held') === '1' && (expiresAt === null || expiresAt > now)
}

/** Whether `claim` is the one that holds the task. */
export function isHeldBy(content: Content, claim: TaskClaim, now: number): boolean {
  return (
    isHeld(content, now) &&
    textOf(content, 'workerId') === claim.workerId &&
    numberOf(content, 'token') === claim.token
  )
}

/** The rows that find a task. */
function rowsOf(content: Content): ReadonlyMap<string, Content> {
  const { instanceId, workflowId, taskId } = readTaskKey(content)
  const ids = fields({ instanceId, workflowId, taskId })
  const token = [textOf(content, 'token')] as const
  const rows = new Map<string, Content>()
  if (textOf(content, 'held') === '1') {
    const expiresAt = numberOrNull(content, 'expiresAt') ?? NEVER
    rows.set(keyOf('L', expiresAt, instanceId, workflowId, taskId, token), ids)
    if (textOf(content, 'searched') === '1')
      rows.set(searchKey(textOf(content, 'claimRequest')), ids)
  } else if (isReady(content)) {
    const { priority = '', readyAt = '' } = content
    rows.set(keyOf('T', ...placeOf({ content }), token), {
      ...ids,
      priority,
      readyAt,
      ...tagChunks(content),
    })
  }
  return rows
}

function reindex(old: Content | null, content: Content | null): Change[] {
  const before = old ? rowsOf(old) : new Map<string, Content>()
  const after = content ? rowsOf(content) : new Map<string, Content>()
  return [
    ...[...before.keys()].flatMap((key): Change[] =>
      after.has(key) ? [] : [{ do: 'delete', key }],
    ),
    ...[...after].map(([key, row]): Change => {
      return before.has(key)
        ? { do: 'put', key, content: row }
        : { do: 'create', key, content: row }
    }),
  ]
}

export function createTask(content: Content): Change[] {
  const key = taskKey(readTaskKey(content))
  return [{ do: 'create', key, content }, ...reindex(null, content)]
}

export function replaceTask({ key, content: old, etag }: Row, content: Content): Change[] {
  return [{ do: 'replace', key, content, etag }, ...reindex(old, content)]
}

/** Changes some properties, and leaves the body alone. */
export function changeTask({ key, content, etag }: Row, merged: Content): Change[] {
  return [
    { do: 'merge', key, content: merged, etag },
    ...reindex(content, { ...content, ...merged }),
  ]
}

export function dropTask({ key, content }: Row): Change[] {
  return [{ do: 'delete', key }, ...reindex(content, null)]
}

/** Makes sure that nobody else changes the task. */
export function guardTask({ key, content, etag }: Row): Change[] {
  return [{ do: 'merge', key, content: { ready: textOf(content, 'ready') }, etag }]
}
