import { dropCommand, commandKey } from './commands-rows.ts'
import { SNAPSHOT_HEAD } from './codec-tasks.ts'
import { COMMAND_HEAD, STEP_HEAD, SUBSCRIPTION_HEAD, WORKFLOW_HEAD, textOf } from './codec.ts'
import type { Context } from './context.ts'
import { errorIdKey } from './errors-rows.ts'
import { guardFamily, memberOf, wholeFamily, type Member } from './family.ts'
import { dropSnapshot } from './snapshots-rows.ts'
import { dropStep } from './steps-rows.ts'
import { dropSubscription, subscriptionKey } from './subscriptions-rows.ts'
import { dropTask, isTask } from './tasks-rows.ts'
import { raiseFloor } from './tokens.ts'
import { Conflict, type Change, type Row } from './table.ts'
import { parallel } from './parallel.ts'
import { reindexWorkflow } from './workflows-rows.ts'

/** What is to be known of a row to delete those that find it. */
const HEADS: readonly string[] = [
  ...new Set([WORKFLOW_HEAD, STEP_HEAD, SUBSCRIPTION_HEAD, COMMAND_HEAD, SNAPSHOT_HEAD].flat()),
]

/** Deletes a workflow with all that belongs to it, if it is there and `may` says so. Whether it did. */
export async function dropFamily(
  context: Context,
  id: string,
  may: (workflow: Row) => boolean = () => true,
): Promise<boolean> {
  const { main } = context
  return main.attempt(async () => {
    const rows = await main.takeAll(wholeFamily(id), HEADS)
    const by = Map.groupBy(rows, ({ key }) => memberOf(key))
    const of = (member: Member): readonly Row[] => by.get(member) ?? []
    const named = async (member: Member, keyOf: (id: string) => string): Promise<Row[]> =>
      parallel(of(member), async ({ content }) => {
        const row = await main.take(keyOf(textOf(content, 'id')), HEADS)
        if (row === null) throw new Conflict('A row went away meanwhile')
        return row
      })
    const [workflow] = of('A')
    if (!workflow || !may(workflow)) return false
    const [subscriptions, commands] = await Promise.all([
      named('U', subscriptionKey),
      named('C', commandKey),
    ])
    const guard = guardFamily(id, rows)
    const groups = [
      [drop(workflow), ...reindexWorkflow(workflow.content, null)],
      ...subscriptions.map(dropSubscription),
      ...commands.map(dropCommand),
      ...of('E').map((row): Change[] => [
        drop(row),
        { do: 'delete', key: errorIdKey(textOf(row.content, 'id')) },
      ]),
      ...of('P').map(dropStep),
      ...[...of('O'), ...of('S')].map((row) => [drop(row)]),
      ...of('N').map((row) => (isTask(row) ? dropTask(row) : dropSnapshot(row))),
      await raiseFloor(main, id, of('N')),
    ]
    const etags = await main.commit(groups, [guard])
    await main.tidy(guard.key, etags.get(guard.key))
    return true
  })
}

function drop({ key }: Row): Change {
  return { do: 'delete', key }
}
