import type {
  ClaimBackend,
  ClaimRepository,
  ClaimRequest,
  NextClaimRequest,
  TaskClaim,
  TaskPlace,
  TaskQuery,
} from '../claims.ts'
import {
  identifier,
  instant,
  list,
  nullable,
  optional,
  record,
  ttl,
  version,
  type Field,
} from '../fields.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type { Runner } from './run.ts'

const key = { instanceId: identifier, workflowId: identifier, taskId: identifier }
const tags = optional(list(identifier))

/** A claim as the store returned it. */
export const taskClaim: Field<TaskClaim> = record({
  ...key,
  workerId: identifier,
  token: version,
  claimedAt: instant,
  expiresAt: nullable(instant),
})

const claimRequest: Field<ClaimRequest> = record({ ...key, workerId: identifier, ttl })
const nextClaimRequest: Field<NextClaimRequest> = record({ workerId: identifier, ttl, tags })
const taskQuery: Field<TaskQuery> = record({ tags, ...pageFields })

export function guardClaims(backend: ClaimBackend, run: Runner['run']): ClaimRepository {
  return {
    claim: async (request, options) =>
      run('write', options, async (call) => backend.claim(claimRequest(request, 'request'), call)),

    extend: async (claim, duration, options) =>
      run('write', options, async (call) =>
        backend.extend(taskClaim(claim, 'claim'), ttl(duration, 'ttl'), call),
      ),

    release: async (claim, options) =>
      run('write', options, async (call) => backend.release(taskClaim(claim, 'claim'), call)),

    findAvailable: async (query, options) =>
      run('read', options, async (call) => {
        const { limit, cursor, ...filter } = taskQuery(query ?? {}, 'query')
        const method = 'claims.findAvailable'
        const page = readPage<TaskPlace>({ limit, cursor }, method, [0, 0, '', '', ''])
        return toPage(await backend.findAvailable(filter, page, call), method)
      }),

    claimNext: async (request, options) =>
      run('write', options, async (call) =>
        backend.claimNext(nextClaimRequest(request, 'request'), call),
      ),
  }
}
