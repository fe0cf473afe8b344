import type { World } from './world.ts'

/** What goes away with a workflow. */
export const CASCADE = [
  'subscriptions',
  'steps',
  'outputs',
  'state',
  'snapshots',
  'claims',
  'commands',
  'errors',
] as const

/** What is noted when such a record went away. */
export function cascadeOf(kind: (typeof CASCADE)[number]): string {
  return `${kind} of a deleted workflow`
}

/** Deletes workflows, and notes of which kinds something went with them. */
export function notingCascade<T>(world: World, change: () => T): T {
  const { model } = world
  const before = { ...model }
  const result = change()
  for (const kind of CASCADE) {
    if (model[kind].length < before[kind].length) world.note(cascadeOf(kind))
  }
  return result
}

/** The workflow with the most records of its own. */
export function fullestWorkflow({ model }: World): string | undefined {
  const sizes = model.workflows.map(({ id }) => ({ id, size: sizeOf(id) }))
  return sizes.toSorted((a, b) => b.size - a.size)[0]?.id

  function sizeOf(id: string): number {
    const records: readonly { readonly workflowId?: string }[] = [
      ...model.subscriptions,
      ...model.steps,
      ...model.outputs,
      ...model.state,
      ...model.commands,
      ...model.errors,
      ...[...model.snapshots.map(({ content }) => content), ...model.claims].map(
        ({ instanceId }) => ({ workflowId: instanceId }),
      ),
    ]
    return records.filter(({ workflowId }) => workflowId === id).length
  }
}
