import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  NewSnapshot,
  NewSubscription,
  NewWorkflow,
  PersistenceProvider,
  Repositories,
} from '@holdfast/spec'
import { afterAll } from 'vitest'
import type { SqliteDatabase, SqliteValue } from '../src/index.ts'

/** A path for a database file that goes when the test file is done. */
export function temporaryFile(name = 'store.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return join(folder, name)
}

/** A provider whose repositories are all there. */
export type Whole = PersistenceProvider & Required<Repositories>

export function whole(provider: PersistenceProvider): Whole {
  return provider as Whole
}

export interface Executed {
  readonly sql: string
  readonly params: Record<string, SqliteValue>
}

/** `database`, and what was executed on it. */
export function recorded(database: SqliteDatabase): {
  readonly database: SqliteDatabase
  readonly executed: Executed[]
} {
  const executed: Executed[] = []
  return {
    executed,
    database: {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        const { reader } = statement
        return {
          ...(reader === undefined ? {} : { reader }),
          all(params) {
            executed.push({ sql, params })
            return statement.all(params)
          },
          run(params) {
            executed.push({ sql, params })
            return statement.run(params)
          },
        }
      },
    },
  }
}

/** Whether `sql` begins, ends or divides a transaction. */
export function isControl(sql: string): boolean {
  return /^(begin|commit|rollback|savepoint|release)/.test(sql)
}

export const NOW = Date.UTC(2026, 0, 15, 12)

export function aWorkflow(members: Partial<NewWorkflow> = {}): NewWorkflow {
  return { definitionId: 'order', status: 'runnable', nextExecution: NOW, pointers: [], ...members }
}

export function aSubscription(members: Partial<NewSubscription> = {}): NewSubscription {
  return {
    ...{ workflowId: 'w', stepId: '1', executionPointerId: 'p' },
    ...{ eventName: 'paid', eventKey: 'order-1', subscribeAsOf: NOW },
    ...members,
  }
}

export function aSnapshot(members: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    ...{ instanceId: 'i', workflowId: 'w', status: 'running', definitionHash: 'h', state: null },
    readyTasks: [{ taskId: 't' }],
    version: 0,
    ...members,
  }
}
