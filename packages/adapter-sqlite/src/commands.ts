import {
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import { commandParams } from '@holdfast/spec/rows'
import { readCommand, type CommandRow } from './codec.ts'
import type { Context } from './context.ts'

const COLUMNS = 'key, execute_at as executeAt, workflow_id as workflowId, body'

const HELD = 'namespace = :namespace and key = :key and token = :token'

// A command that was scheduled anew while it was handled comes again, done or not.
const FORGET = `delete from holdfast_commands where ${HELD} and rearm_at is null`

const REARM = `update holdfast_commands
set execute_at = rearm_at, rearm_at = null, token = null, lease_until = null
where ${HELD}`

const PUT_BACK = `update holdfast_commands
set execute_at = min(execute_at, coalesce(rearm_at, execute_at)), rearm_at = null, token = null, lease_until = null
where ${HELD}`

export function createCommands(context: Context): CommandBackend {
  const { executor, namespace } = context
  const { now } = executor

  // The processor that took it may still be at work when its lease has run out, and must not forget what is scheduled
  // here when it is done.
  const SCHEDULE = `insert into holdfast_commands (namespace, key, execute_at, workflow_id, body)
values (:namespace, :key, :executeAt, :workflowId, :body)
on conflict (namespace, key) do update
set execute_at = iif(lease_until > ${now}, execute_at, min(execute_at, excluded.execute_at)),
  rearm_at = iif(token is null, null, min(coalesce(rearm_at, excluded.execute_at), excluded.execute_at))
returning key, iif(lease_until > ${now}, rearm_at, execute_at) as executeAt, workflow_id as workflowId, body`

  const takeSql = (continued: boolean): string => `update holdfast_commands
set token = :token, lease_until = ${now} + :ttl
where namespace = :namespace and key = (select key from holdfast_commands
  where namespace = :namespace and execute_at <= :asOf and (token is null or lease_until <= ${now})
  ${afterPlace(continued)}
  order by execute_at, key limit 1)
returning ${COLUMNS}`

  const read = (row: CommandRow): ScheduledCommand => readCommand(row, context)

  return {
    async schedule(command, key) {
      const params = { ...commandParams(command, context), namespace, key }
      const [[row]] = await executor.write<[CommandRow]>([SCHEDULE], params)
      return row ? read(row) : command
    },

    async take(asOf, after, ttl, { requestId: token }) {
      const [afterTime = null, afterKey = null] = after ?? []
      const params = { namespace, asOf, ttl, token, afterTime, afterKey }
      const [[row]] = await executor.write<[CommandRow]>([takeSql(after !== null)], params)
      return row ? { key: row.key, place: placeOf(row), token, read: () => read(row) } : null
    },

    async settle({ key, token }, done) {
      await executor.write(done ? [FORGET, REARM] : [PUT_BACK], { namespace, key, token })
    },

    async list({ limit, after }) {
      const [afterTime = null, afterKey = null] = after ?? []
      const params = { namespace, afterTime, afterKey, limit: limit + 1 }
      const rows = await executor.read<CommandRow>(listSql(after !== null), params)
      return sliceOf(rows, limit, read, placeOf, ({ key }) => key)
    },
  }
}

function placeOf({ executeAt, key }: CommandRow): CommandPlace {
  return [executeAt, key]
}

function listSql(continued: boolean): string {
  return `select ${COLUMNS} from holdfast_commands
where namespace = :namespace ${afterPlace(continued)}
order by execute_at, key limit :limit`
}

function afterPlace(continued: boolean): string {
  return continued ? 'and (execute_at, key) > (:afterTime, :afterKey)' : ''
}
