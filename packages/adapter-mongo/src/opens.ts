import { isDuplicate } from './database.ts'
import type { Collections, SubscriptionRow, WorkflowRow } from './rows.ts'

/**
 * Stores the subscriptions that an update opens, where there are no transactions: the update has put them into the
 * document of its workflow, so that nothing is lost when its client dies here. Safe to call again.
 *
 * @returns those of which somebody else has taken the id since the update looked
 */
export async function openSubscriptions(
  { workflows, subscriptions }: Pick<Collections, 'workflows' | 'subscriptions'>,
  { _id, opens = [] }: Pick<WorkflowRow, '_id' | 'opens'>,
): Promise<readonly SubscriptionRow[]> {
  const [first] = opens
  if (first === undefined) return []
  const own = { _id: { $in: opens.map((row) => row._id) } }
  let lost: readonly SubscriptionRow[] = []
  try {
    // One command, so that who looks meanwhile sees all or none; and those that can be stored are.
    await subscriptions.insertMany(opens, { ordered: false })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const stored = await subscriptions.find(own, {}).toArray()
    lost = stored.filter(({ createdBy }) => createdBy !== first.createdBy)
  }
  const opening = { _id, 'opens._id': first._id }
  const { matchedCount } = await workflows.updateOne(opening, { $unset: { opens: '' } })
  // Deleted meanwhile: what was stored after that has no owner.
  if (matchedCount === 0 && (await workflows.findOne({ _id })) === null) {
    await subscriptions.deleteMany({ ...own, createdBy: first.createdBy })
  }
  return lost
}
