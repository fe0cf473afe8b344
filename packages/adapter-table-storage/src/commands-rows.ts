import { cleared, numberOf, numberOrNull, textOf, textOrNull } from './codec.ts'
import { familyKey } from './family.ts'
import { endOf, fingerprint, keyOf, within, type Range } from './keys.ts'
import type { Change, Content, Row } from './table.ts'

// A command has its own row, one in the queue, and one with its workflow, if it has one. The key in the queue also tells
// whose hands the command is in, and whether it was scheduled meanwhile: whoever deletes it fails when that has changed.

export function commandKey(key: string): string {
  return keyOf('C', key)
}

export function queueRange(): Range {
  return within('Q')
}

/** The end of the rows of a place; there is one. */
export function queuePlaceKey(executeAt: number, key: string): string {
  return endOf(keyOf('Q', executeAt, key))
}

function queueKey(content: Content): string {
  const token = textOrNull(content, 'token')
  const hands = token === null ? 'free' : fingerprint([token])
  const again = textOrNull(content, 'rearmAt') === null ? '' : 'r'
  return keyOf('Q', numberOf(content, 'executeAt'), textOf(content, 'key'), [hands + again])
}

function queued({ key = '', executeAt = '', token = '', leaseUntil = '' }: Content): Content {
  return { key, executeAt, token, leaseUntil }
}

/** Whether somebody works on it. */
export function isTaken(content: Content, now: number): boolean {
  return textOrNull(content, 'token') !== null && numberOf(content, 'leaseUntil') > now
}

export function scheduleCommand(content: Content): Change[] {
  const workflowId = textOrNull(content, 'workflowId')
  const key = textOf(content, 'key')
  return [
    { do: 'create', key: commandKey(key), content },
    { do: 'create', key: queueKey(content), content: queued(content) },
    ...(workflowId === null
      ? []
      : [{ do: 'create', key: familyKey(workflowId, 'C', key), content: { id: key } } as const]),
  ]
}

/** What changes of a command. */
export interface CommandState {
  readonly executeAt: number
  /** When it was scheduled anew while it was in somebody's hands. */
  readonly rearmAt: number | null
  readonly token: string | null
  readonly leaseUntil: number | null
}

export function stateOf(content: Content): CommandState {
  return {
    executeAt: numberOf(content, 'executeAt'),
    rearmAt: numberOrNull(content, 'rearmAt'),
    token: textOrNull(content, 'token'),
    leaseUntil: numberOrNull(content, 'leaseUntil'),
  }
}

export function changeCommand({ key, content, etag }: Row, state: CommandState): Change[] {
  const merged = cleared({ ...state })
  const after = { ...content, ...merged }
  return [
    { do: 'merge', key, content: merged, etag },
    ...(queueKey(content) === queueKey(after)
      ? [{ do: 'put', key: queueKey(after), content: queued(after) } as const]
      : [
          { do: 'delete', key: queueKey(content) } as const,
          { do: 'create', key: queueKey(after), content: queued(after) } as const,
        ]),
  ]
}

/** Deletes a command that is there. */
export function dropCommand({ key, content }: Row): Change[] {
  const workflowId = textOrNull(content, 'workflowId')
  const gone = [key, queueKey(content)]
  if (workflowId !== null) gone.push(familyKey(workflowId, 'C', textOf(content, 'key')))
  return gone.map((row) => ({ do: 'delete', key: row }))
}
