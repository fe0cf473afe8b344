import type { Context } from './context.ts'
import type { InUnit } from './database.ts'
import { ownedBy, type Filter } from './keys.ts'
import type { Collections } from './rows.ts'

/** Deletes the workflow that matches, with all that belongs to it. */
export async function dropWorkflow(
  { unit }: Context,
  all: Collections,
  workflow: Filter & { readonly _id: string },
  by: string,
): Promise<boolean> {
  // Nothing to do, as a rule, for the second who deletes it; and a note on what is not there would be taken for a
  // deletion that was decided.
  if ((await all.workflows.findOne(workflow)) === null) return false
  const intent = { kind: 'dropWorkflow', target: workflow._id, by } as const
  return unit(intent, async ({ options }) => {
    const { deletedCount } = await all.workflows.deleteOne(workflow, options)
    if (deletedCount > 0) await dropOwned(all, workflow._id, options)
    return deletedCount > 0
  })
}

/** Deletes what belongs to a workflow. */
export async function dropOwned(all: Collections, owner: string, options: InUnit): Promise<void> {
  for (const name of ['subscriptions', 'commands', 'errors'] as const) {
    await all[name].deleteMany({ owner }, options)
  }
  for (const name of ['steps', 'outputs', 'state', 'snapshots', 'tasks'] as const) {
    await all[name].deleteMany({ _id: ownedBy(owner) }, options)
  }
}
