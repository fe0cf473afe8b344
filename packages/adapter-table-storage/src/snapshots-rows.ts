import type { SnapshotKey, SnapshotPlace } from '@holdfast/spec'
import { textOf } from './codec.ts'
import { familyKey, familyRange } from './family.ts'
import { endOf, keyOf, within, type Range } from './keys.ts'
import type { Change, Content, Row } from './table.ts'

// A snapshot comes right before its tasks, so that one range has them all. It is in the list of all ones, and in that of
// its status. The key in the latter also has the version: whoever deletes a snapshot fails when it was saved meanwhile.

/** Sorts before every task. */
const HEAD = ['-'] as const

export function snapshotKey({ instanceId, workflowId }: SnapshotKey): string {
  return familyKey(instanceId, 'N', workflowId, HEAD)
}

/** A snapshot and its tasks. */
export function snapshotRange({ instanceId, workflowId }: SnapshotKey): Range {
  return familyRange(instanceId, 'N', workflowId)
}

export function snapshotsRange(status: string | undefined): Range {
  return status === undefined ? within('N', ['a']) : within('N', ['s'], status)
}

/** The end of the rows of a place; there is one. */
export function snapshotPlaceKey(status: string | undefined, place: SnapshotPlace): string {
  const key =
    status === undefined ? keyOf('N', ['a'], ...place) : keyOf('N', ['s'], status, ...place)
  return endOf(key)
}

function placeOf(content: Content): SnapshotPlace {
  return [textOf(content, 'instanceId'), textOf(content, 'workflowId')]
}

function allKey(content: Content): string {
  return keyOf('N', ['a'], ...placeOf(content))
}

function statusKey(content: Content): string {
  return keyOf('N', ['s'], textOf(content, 'status'), ...placeOf(content), [
    textOf(content, 'version'),
  ])
}

export function storeSnapshot(
  key: string,
  old: Row | null,
  content: Content,
  brief: Content,
): Change[] {
  return [
    old ? { do: 'replace', key, content, etag: old.etag } : { do: 'create', key, content },
    ...(old ? [{ do: 'delete', key: statusKey(old.content) } as const] : []),
    { do: 'create', key: statusKey(content), content: brief },
    { do: 'put', key: allKey(content), content: brief },
  ]
}

export function dropSnapshot({ key, content }: Row): Change[] {
  return [key, allKey(content), statusKey(content)].map((gone) => ({ do: 'delete', key: gone }))
}
