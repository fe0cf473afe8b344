import { fields, numberOf } from './codec.ts'
import { keyOf, stripeOf } from './keys.ts'
import type { Change, Row } from './table.ts'
import type { Store } from './unit.ts'

// The tokens of a task grow with each claim. A task whose row goes leaves its last token in its snapshot, and a snapshot
// that goes leaves the largest one in a floor, from which the tokens of those that come later begin.

/** Floors are few, so that they do not grow with what was deleted, and enough not to be in each other's way. */
const FLOORS = 256

function floorKey(instanceId: string): string {
  return keyOf('B', stripeOf(FLOORS, instanceId))
}

/** What keeps tokens above those of the rows, which are deleted in the same unit. */
export async function raiseFloor(
  main: Store,
  instanceId: string,
  rows: readonly Row[],
): Promise<Change[]> {
  const token = Math.max(0, ...rows.map(({ content }) => numberOf(content, 'token')))
  if (token === 0) return []
  const key = floorKey(instanceId)
  const row = await main.take(key)
  if (row === null) return [{ do: 'create', key, content: fields({ token }) }]
  if (numberOf(row.content, 'token') >= token) return []
  return [{ do: 'replace', key, content: fields({ token }), etag: row.etag }]
}

/** The floor for a first snapshot, and what makes sure that it is still that when the snapshot is stored. */
export async function readFloor(
  main: Store,
  instanceId: string,
): Promise<readonly [token: number, changes: Change[]]> {
  const key = floorKey(instanceId)
  const row = await main.take(key)
  if (row === null) return [0, [{ do: 'create', key, content: fields({ token: 0 }) }]]
  const { content, etag } = row
  return [numberOf(content, 'token'), [{ do: 'replace', key, content, etag }]]
}
