import { cleared, fields, numberOf, numberOrNull, textOf, textOrNull } from './codec.ts'
import { familyKey } from './family.ts'
import { falling, fingerprint, keyOf, within, type Range } from './keys.ts'
import type { Change, Content } from './table.ts'

// Beside its own row a workflow has one in each of up to five lists, one in the queue of due ones if it is due some time,
// and one in the list that is purged by.

/** Lists: all, and those of one status, definition, reference or resource. */
export type ListName = 'a' | 's' | 'd' | 'r' | 'o'

/** A list is purged by the hour, so that an update need not move a row in it each time. ms */
const HOUR = 3_600_000

export function workflowKey(id: string): string {
  return familyKey(id, 'A')
}

export function dueRange(): Range {
  return within('R')
}

export function dueKey(nextExecution: number, id: string): string {
  return keyOf('R', nextExecution, id)
}

export function listRange(list: ListName, value: string | null): Range {
  return value === null ? within('W', [list]) : within('W', [list], value)
}

/** Newest first. */
export function listKey(
  list: ListName,
  value: string | null,
  createdAt: number,
  id: string,
): string {
  const place = [-createdAt, falling(id)] as const
  return value === null ? keyOf('W', [list], ...place) : keyOf('W', [list], value, ...place)
}

export function agedRange(status: string): Range {
  return within('G', status)
}

export function hourOf(instant: number): number {
  return Math.floor(instant / HOUR)
}

/** What lists are filtered by. */
export interface Listed {
  readonly status: string
  readonly definitionId: string
  readonly reference: string | null
  readonly resourceId: string | null
}

export function listedOf(content: Content): Listed {
  return {
    status: textOf(content, 'status'),
    definitionId: textOf(content, 'definitionId'),
    reference: textOrNull(content, 'reference'),
    resourceId: textOrNull(content, 'resourceId'),
  }
}

function listKeys(content: Content): readonly string[] {
  const { status, definitionId, reference, resourceId } = listedOf(content)
  const place = [numberOf(content, 'createdAt'), textOf(content, 'id')] as const
  return [
    listKey('a', null, ...place),
    listKey('s', status, ...place),
    listKey('d', definitionId, ...place),
    ...(reference === null ? [] : [listKey('r', reference, ...place)]),
    ...(resourceId === null ? [] : [listKey('o', resourceId, ...place)]),
  ]
}

function dueKeyOf(content: Content): string | null {
  const next = numberOrNull(content, 'nextExecution')
  const isDue = textOf(content, 'status') === 'runnable' && next !== null
  return isDue ? dueKey(next, textOf(content, 'id')) : null
}

/** The age that a purge goes by. */
export function ageOf(content: Content): number {
  return numberOrNull(content, 'completedAt') ?? numberOf(content, 'updatedAt')
}

/**
 * The key also tells which other rows find the workflow, so that this row is another one when they are: whoever deletes a
 * workflow fails, when that was changed meanwhile, as there is no such row any more.
 */
function agedKey(content: Content): string {
  const status = textOf(content, 'status')
  const others = [...listKeys(content), dueKeyOf(content) ?? '']
  const place = [hourOf(ageOf(content)), textOf(content, 'id')] as const
  return keyOf('G', status, ...place, [fingerprint(others)])
}

/** The rows that find a workflow. */
function rowsOf(content: Content): ReadonlyMap<string, Content> {
  const id = textOf(content, 'id')
  const listed = cleared({ id, ...listedOf(content), createdAt: numberOf(content, 'createdAt') })
  const due = dueKeyOf(content)
  const nextExecution = numberOrNull(content, 'nextExecution')
  return new Map<string, Content>([
    ...listKeys(content).map((key) => [key, listed] as const),
    [agedKey(content), fields({ id })],
    ...(due === null ? [] : [[due, fields({ id, nextExecution })] as const]),
  ])
}

/** Changes the rows that find a workflow from those of `old` to those of `content`; `null`: there are none. */
export function reindexWorkflow(old: Content | null, content: Content | null): Change[] {
  const before = old ? rowsOf(old) : new Map<string, Content>()
  const after = content ? rowsOf(content) : new Map<string, Content>()
  const changes: Change[] = []
  for (const key of before.keys()) if (!after.has(key)) changes.push({ do: 'delete', key })
  for (const [key, row] of after) {
    const known = before.get(key)
    if (known === undefined) changes.push({ do: 'create', key, content: row })
    else if (JSON.stringify(known) !== JSON.stringify(row))
      changes.push({ do: 'put', key, content: row })
  }
  return changes
}
