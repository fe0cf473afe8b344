import { bytesOf } from './pack.ts'
import type { Change } from './table.ts'

export const MAX_CHANGES = 100
/** The service takes 4 MiB, of which much is headers. */
const MAX_BYTES = 3_000_000

/** Whether the service takes these changes in one transaction. */
export function fits(changes: readonly Change[]): boolean {
  const bytes = changes.reduce((sum, change) => sum + bytesOf(change), 0)
  return changes.length <= MAX_CHANGES && bytes <= MAX_BYTES
}

/** As few transactions as take these. Groups stay together, so that a record and the rows that find it are marked at once. */
export function batchesOf(groups: readonly (readonly Change[])[]): readonly (readonly Change[])[] {
  const batches: Change[][] = []
  let batch: Change[] = []
  for (const group of groups) {
    if (batch.length > 0 && !fits([...batch, ...group])) {
      batches.push(batch)
      batch = []
    }
    batch.push(...group)
  }
  return batch.length === 0 ? batches : [...batches, batch]
}
