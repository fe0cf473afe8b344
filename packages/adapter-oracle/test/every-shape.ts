import type { WorkflowFilter, WorkflowStatus } from '@holdfast/spec'
import { claimStatements } from '../src/claims-sql.ts'
import { commandStatements } from '../src/commands-sql.ts'
import { readNames } from '../src/options.ts'
import { snapshotStatements } from '../src/snapshots-sql.ts'
import { SERVER_NOW, type Statement } from '../src/statement.ts'
import { workflowStatements } from '../src/workflows-sql.ts'

const STATUSES: readonly WorkflowStatus[] = [
  ...(['pending', 'runnable', 'suspended', 'complete', 'terminated', 'failed'] as const),
]

const EITHER = [false, true]

/**
 * The statements that have many shapes, in every one of them, with the server's time and with one that is given: a run
 * sends those that it happens to need.
 */
export function everyShape(prefix: string): readonly string[] {
  return [SERVER_NOW, ':now'].flatMap((now) => {
    const context = { nameOf: readNames({ prefix }), now }
    const [workflows, snapshots] = [workflowStatements(context), snapshotStatements(context)]
    const [claims, commands] = [claimStatements(context), commandStatements(context)]
    const shapes = [
      ...subsetsOf(workflows.filters).flatMap((filters) =>
        EITHER.map((paged) => workflows.list(paged, ...filters)),
      ),
      ...[10, 100, 1000].map(workflows.getMany),
      ...STATUSES.map(workflows.purge),
      ...EITHER.flatMap((one) => [
        ...[workflows.due(one), snapshots.saveNext(one), commands.take(one), commands.list(one)],
        ...EITHER.flatMap((other) => [
          ...[snapshots.list(one, other), claims.findAvailable(one, other)],
          claims.claimNext(one, other),
        ]),
      ]),
    ]
    const fixed = [workflows, snapshots, claims, commands].flatMap((all) =>
      Object.values(all as object).filter(isStatement),
    )
    return [...fixed, ...shapes].map(({ text }) => text)
  })
}

function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && 'text' in value
}

type Filters = readonly (keyof WorkflowFilter)[]

function subsetsOf(names: Filters): readonly Filters[] {
  return names.reduce<readonly Filters[]>(
    (subsets, name) => subsets.flatMap((subset) => [subset, [...subset, name]]),
    [[]],
  )
}
