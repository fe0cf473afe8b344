import { PROMISE, commit, fits, keepPromise, type Step } from './journal.ts'
import { untilSettled } from './judge.ts'
import { itemId } from './keys.ts'
import { ascii } from './order.ts'
import type { Partition, Stored, Write } from './partition.ts'
import { tombstoneOf, type FamilyRow } from './codec-tasks.ts'

type Row = Stored<FamilyRow>

const ROW = 'c.id, c._etag, c._rid, c.kind, c.key, c.family, c.token, c.floor'

/**
 * Deletes a workflow with all that goes away with it; `false` when it is not there, or when another `etag` is stored than
 * the one given.
 */
export async function deleteWorkflow(
  partition: Partition,
  id: string,
  etag?: string,
): Promise<boolean> {
  return untilSettled(`workflow ${id}`, async () => tryToDelete(partition, id, etag))
}

async function tryToDelete(
  partition: Partition,
  id: string,
  etag: string | undefined,
): Promise<boolean | undefined> {
  const item = itemId('workflow', id)
  const found = await partition.query<Row>({
    select: ROW,
    where: 'c.root = @root OR c.id = @item',
    parameters: { root: ascii(id), item },
  })
  const workflow = found.find((row) => row.id === item)
  if (workflow?.kind === PROMISE) await keepPromise(partition, item)
  if (workflow?.kind !== 'workflow' || (etag !== undefined && etag !== workflow._etag)) return false
  const dependents = found.filter((row) => row !== workflow)
  const writes: readonly Write[] = [
    { remove: item, etag: workflow._etag },
    ...dependents.map((row) => writeOf(row, dependents)),
  ]
  const outcome = fits(writes)
    ? await partition.batch(writes)
    : await commit(
        partition,
        [],
        dependents.map((row) => stepOf(row, dependents)),
        { instead: workflow },
      )
  return outcome.written ? true : undefined
}

// A snapshot leaves behind what its tasks counted up to.

function writeOf(row: Row, rows: readonly Row[]): Write {
  const { id, kind, _etag: etag } = row
  return kind === 'snapshot' ? { replace: tombstoneOf(row, rows), etag } : { remove: id, etag }
}

function stepOf(row: Row, rows: readonly Row[]): Step {
  const { id, kind, _rid: rid } = row
  return kind === 'snapshot' ? { bury: tombstoneOf(row, rows), rid } : { drop: id, rid }
}
