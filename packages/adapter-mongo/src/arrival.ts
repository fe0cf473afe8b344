import { againOnDuplicate } from './judge.ts'
import type { Collections } from './rows.ts'

/** The first of `count` numbers that grow with each record of the namespace. */
export async function nextArrival(
  meta: Collections['meta'],
  ns: string,
  count: number,
): Promise<number> {
  const row = await againOnDuplicate(() =>
    meta.findOneAndUpdate(
      { _id: ns },
      { $inc: { arrival: count } },
      { upsert: true, returnDocument: 'after' },
    ),
  )
  return (row?.arrival ?? count) - count + 1
}
